package password

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// olivia is the context of the tests: what is known of a person.
var olivia = []string{"olivia.harper84@northwind-traders.example", "Olivia Harper", "Northwind Traders GmbH", "MSP Help Desk"}

// verdict is the reason of a refusal; empty: accepted.
func verdict(t *testing.T, password string, minLength int, context ...string) Reason {
	t.Helper()
	err := CheckNew(password, minLength, context...)
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*RuleError](err)
	if !ok {
		t.Fatalf("%q: %v is no *RuleError", password, err)
	}
	return refused.Reason
}

func TestCheckNew(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		min      int
		want     Reason
	}{
		"just long enough":         {"kT4%vq9!wz2&Lm7", 0, ""},
		"one too short":            {"kT4%vq9!wz2&Lm", 0, TooShort},
		"shorter by choice":        {"kT4%vq9!", 8, ""},
		"choice below the floor":   {"kT4%vq9", 4, TooShort},
		"longer by choice":         {"violet kettle drums softly", 27, TooShort},
		"short and common":         {"password", 0, TooShort},
		"empty":                    {"", 0, TooShort},
		"64 characters":            {strings.Repeat("bicycle kettle w", 3) + "olf and owl 1234", 0, ""},
		"64 of four bytes each":    {emoji(64), 64, ""},
		"65 of four bytes each":    {emoji(65), 0, TooLong},
		"64 in three parts each":   {norm.NFD.String(vietnamese), 64, ""},
		"longest":                  {strings.Repeat("bicycle kettle wolf ", 12) + "and a last owl.", 0, ""},
		"too long":                 {strings.Repeat("bicycle kettle wolf ", 13), 0, TooLong},
		"counted after NFC":        {strings.Repeat("u\u0308o\u0308a\u0308 ", 3) + "xy", 0, TooShort},
		"long enough after NFC":    {"zwo\u0308lf Boxka\u0308mp", 13, ""},
		"composed, as long":        {norm.NFC.String("zwo\u0308lf Boxka\u0308mp"), 13, ""},
		"white space at both ends": {"  violet kettle  ", 0, ""},
		"line break":               {"violet kettle\ndrums softly", 0, Unreadable},
		"tab":                      {"violet kettle\tdrums softly", 0, Unreadable},
		"null":                     {"violet kettle drums softly\x00", 0, Unreadable},
		"not UTF-8":                {"violet kettle drums \xff", 0, Unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(t, c.password, c.min, olivia...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// vietnamese is a text of 64 letters, of five bytes each once decomposed.
const vietnamese = "ắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữựẮẰẲẴẶẤẦẨẪẬẾỀỂỄỆỐỒỔỖỘỚỜỞỠỢỨỪỬỮỰấềộự"

// emoji is a text of n emoji, no three of which stand together twice.
func emoji(n int) string {
	var b strings.Builder
	for i := range rune(n) {
		b.WriteRune('\U0001F300' + i*i%251)
	}
	return b.String()
}

// TestAccepts holds passwords that nothing may be said against: NIST SP
// 800-63B-4 knows no rules on kinds of characters.
func TestAccepts(t *testing.T) {
	for name, password := range map[string]string{
		"four words":                      "violet kettle drums softly",
		"four words in one":               "violetkettledrumsoftly",
		"four words with signs":           "correct-horse-battery-staple",
		"four very common words":          "dragon monkey summer coffee",
		"three words":                     "violet kettle drums",
		"a sentence with a listed word":   "my password is not summer2026",
		"a sentence with the name":        "olivia rides a violet kettle",
		"a sentence with the company":     "traders of the north are late",
		"a sentence that begins to count": "1234 ways to count the sheep",
		"a sentence with repeated words":  "so it was and so it will be and so on",
		"small letters":                   "qjzkxwvbhgtrnpd",
		"capitals":                        "QJZKXWVBHGTRNPD",
		"digits":                          "837492610583627",
		"digits in groups":                "4071-9928-3355-1760",
		"signs":                           "&^%#~@!)(*=?;:.",
		"hexadecimal":                     "9f86d081884c7d65",
		"UUID":                            "550e8400-e29b-41d4-a716-446655440000",
		"base64":                          "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is",
		"German":                          "Zwölf Boxkämpfer jagen Viktor",
		"French":                          "les sanglots longs des violons",
		"Czech, decomposed":               norm.NFD.String("příliš žluťoučký kůň"),
		"Vietnamese":                      "trời mưa trên núi xa",
		"Greek":                           "βρέχει πάνω στα βουνά",
		"Russian":                         "пятнадцать ворон на крыше",
		"Hebrew":                          "גשם יורד על ההרים",
		"Arabic":                          "تمطر السماء على الجبال",
		"Hindi":                           "पहाड़ों पर बारिश गिरती है",
		"Thai":                            "ฝนตกบนภูเขาที่ห่างไกล",
		"Chinese":                         "不要把所有鸡蛋放在一个篮子里好",
		"Japanese":                        "桜の木の下で猫が昼寝をしている",
		"Korean":                          "비밀번호는길고기억하기쉬워야합니다",
		"Arabic-Indic digits":             "٨٣٧٤٩٢٦١٠٥٨٣٦٢٧",
		"emoji with joiners":              "👩‍💻🌵🛶🎻🧊🪁🥁🦉🍂🌋🧭🪵🧲🦔🛷🧵",
		"scripts mixed":                   "ворона と corvo 🐦 קורבוס",
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(t, password, 0, olivia...); got != "" {
				t.Errorf("%q: refused as %q", password, got)
			}
		})
	}
}

func TestRefusesCommon(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		min      int
	}{
		"listed":                              {"1qaz2wsx3edc4rfv", 0},
		"listed, in capitals":                 {"1QAZ2WSX3EDC4RFV", 0},
		"listed and random to the eye":        {"hd764nw5d7e1vb1", 0},
		"listed, shorter":                     {"sunshine", 8},
		"listed digits":                       {"147258369147258369", 0},
		"listed digits, shorter":              {"11223344", 8},
		"a date":                              {"01011980", 8},
		"digits of pi":                        {"314159265358979", 0},
		"a word twice":                        {"passwordpassword", 0},
		"a word and itself backwards":         {"passworddrowssap", 0},
		"a word three times":                  {"letmein letmein letmein", 0},
		"a word filled up with digits":        {"qwerty123456789!", 0},
		"a word filled up with spaces":        {"password          ", 0},
		"a word and a year":                   {"Administrator2026!", 0},
		"a word and a year, shorter":          {"Summer2026!", 8},
		"a word and random digits, shorter":   {"Sunshine4711", 8},
		"a word, a year, the word":            {"Summer2026!Summer", 0},
		"two words and years":                 {"Welcome2024Summer2025", 0},
		"two months":                          {"January2026February", 0},
		"two words, digits and a sign":        {"CelineJazzman9586!", 0},
		"two words in another language":       {"Passwort2026Sommer!", 0},
		"three very common words":             {"PrincessMonkeyDragon", 0},
		"look-alikes":                         {"P@ssw0rd!P@ssw0rd!", 0},
		"other look-alikes":                   {"1l0v3y0u+1|0v3y0u", 0},
		"look-alikes, shorter":                {"p455w0rd1!", 8},
		"letters with marks":                  {"Pässwörd Pässwörd", 0},
		"letters with marks, decomposed":      {norm.NFD.String("Pässwörd Pässwörd"), 0},
		"full width":                          {"ｐａｓｓｗｏｒｄ１２３４５６７", 0},
		"one character":                       {strings.Repeat("x", 20), 0},
		"one emoji":                           {strings.Repeat("😀", 20), 0},
		"one syllable":                        {"ha ha ha ha ha ha", 0},
		"one syllable in another script":      {"абабабабабабабаб", 0},
		"random, but repeated":                {"r4nd!r4nd!r4nd!r4nd!", 0},
		"the longest repetition":              {strings.Repeat("Ab1!", MaxBytes/4), 0},
		"the alphabet":                        {"abcdefghijklmno", 0},
		"the alphabet backwards":              {"zyxwvutsrqponmlk", 0},
		"another alphabet":                    {"абвгдежзийклмноп", 0},
		"counting":                            {"123456789012345", 0},
		"counting backwards":                  {"9876543210987654", 0},
		"rows of keys":                        {"qwertyuiopasdfghjkl", 0},
		"rows of keys backwards":              {"poiuytrewqlkjhgfdsa", 0},
		"rows of keys elsewhere":              {"qwertzuiopasdfghjklö", 0},
		"a word, a row and a repetition":      {"dragonabcdefghdragon", 0},
		"a name of the person that is listed": {"OliviaOlivia2026!", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(t, c.password, c.min, olivia...); got != Common {
				t.Errorf("%q: got %q", c.password, got)
			}
		})
	}
}

func TestRefusesPersonal(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		context  []string
	}{
		"the address":                 {"olivia.harper84@northwind-traders.example", olivia},
		"the address in capitals":     {"OLIVIA.HARPER84@NORTHWIND-TRADERS.EXAMPLE", olivia},
		"the address and a digit":     {"olivia.harper84@northwind-traders.example7", olivia},
		"the domain":                  {"northwind-traders.example", olivia},
		"a part of the domain, often": {"Northwind2026!Northwind", olivia},
		"the names and a year":        {"Olivia-Harper-Northwind-1984", olivia},
		"the names, turned round":     {"harper olivia harper", olivia},
		"the names as look-alikes":    {"0l1v14.h4rp3r@northwind", olivia},
		"an initial":                  {"o.harper@northwind", olivia},
		"the company":                 {"Northwind Traders GmbH 2026!", olivia},
		"the service":                 {"MSP Help Desk 2026!", olivia},
		"the service and a password":  {"msphelpdeskpassword", olivia},
		"a name and a season":         {"Summer2026Northwind!", olivia},
		"letters of the address":      {"QuillonQuillon1984!", []string{"quillon84@acme.example"}},
		"an address of short parts":   {"j.d@ab-cd.io2026", []string{"j.d@ab-cd.io"}},
		"a name with marks":           {"JoseMuller2026!!!", []string{"José Müller"}},
		"a name typed with marks":     {"JoséMüller2026!!!", []string{"Jose Muller"}},
		"a decomposed name":           {"JoséMüller2026!!!", []string{norm.NFD.String("José Müller")}},
		"a name in Cyrillic":          {"АлёнаКузнецова2026", []string{"Алёна Кузнецова"}},
		"a name in Devanagari":        {"शर्मा ओलिविया 2026", []string{"ओलिविया शर्मा"}},
		"a name of two characters":    {"王芳20260101王芳1990!", []string{"王芳"}},
		"an address without letters":  {"4915112345678@4915112345678", []string{"4915112345678@sms.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(t, c.password, 0, c.context...); got != Personal {
				t.Errorf("%q: got %q", c.password, got)
			}
			if got := verdict(t, c.password, 0); got != "" {
				t.Errorf("%q: refused as %q of anybody else", c.password, got)
			}
		})
	}
}

func TestContextLeavesOthersAlone(t *testing.T) {
	for name, context := range map[string][]string{
		"nothing known":    {"", " ", "@", "..."},
		"one letter":       {"v", "i@o.example", "I. O."},
		"two letters":      {"vi ol et", "ke@tt.le"},
		"not UTF-8":        {"\xff\xfe\xfd\xfc"},
		"many other words": slices.Repeat([]string{"alpha beta gamma delta"}, 1000),
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(t, "violet kettle drums", 0, context...); got != "" {
				t.Errorf("refused as %q", got)
			}
		})
	}
}

// TestRuleErrorTellsNoPassword: the words end up in logs and terminals.
func TestRuleErrorTellsNoPassword(t *testing.T) {
	seen := map[string]bool{}
	for _, password := range []string{"sho-rt", strings.Repeat("lo-ng", 60), "unread\x00able", "qwertyuiopasdfghjkl", "harper olivia harper"} {
		err := CheckNew(password, 0, olivia...)
		if err == nil || strings.Contains(err.Error(), password) || seen[err.Error()] {
			t.Errorf("%q: %v", password, err)
			continue
		}
		seen[err.Error()] = true
	}
}
