// Package transfer carries people, accounts and domains into the directory and
// out of it: [Import] and [Export], in three forms that hold the same records.
//
// JSON is one object, {"accounts": [...], "contacts": [...], "members": [...]}.
// NDJSON is one record per line, with its kind in the field "type": account,
// contact or member. CSV has a header row and a column "type" with the same.
//
//	account  id, name, domains, tenants, contact_creation, methods, active,
//	         force_public_domains
//	contact  id, email, name, given_name, family_name, phone, job_title,
//	         account (an account's id), groups, primary, active,
//	         self_registered, password_hash
//	member   id, email, name, platforms, groups, active, password_hash
//
// Records are matched by id. A record without one is matched by what else is
// its own: a contact by address and account, a member by address. An account
// without an id is new, and refused where another has its name. What matches
// nothing is added, active unless the record says otherwise, under the given id
// or a random one.
//
// A field that is absent, or null, keeps an existing record's value; an empty
// text or list clears it. In CSV an empty cell keeps and a cell of one hyphen
// clears. Items of a list are separated by semicolons there; a semicolon or
// backslash inside an item follows a backslash. An apostrophe before = + - @
// or another apostrophe at the start of a cell, or behind a semicolon in it, is
// dropped: it keeps spreadsheets from taking what follows for a formula.
//
// force_public_domains admits public mail domains as the account's own; it is
// not kept. self_registered marks a contact made at sign-in. password_hash is
// in PHC or bcrypt form and belongs to the address and the kind of entity.
package transfer
