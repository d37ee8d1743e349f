// Package password owns password hashes: making them, verifying them within
// bounded memory, reading those of other systems on import, and the rules for
// a new password. It knows nothing of people, pages or counts of attempts.
//
// Passwords are brought to Unicode NFC before they are hashed or counted, so
// that one password typed on two systems is the same password (NIST SP
// 800-63B-4, 3.1.1.2, which names NFC and NFKC). NFC it is because NFKC would
// make different characters equal.
package password
