package password

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckNew(t *testing.T) {
	context := []string{"olivia.harper@northwind.example", "Olivia Harper", "Northwind Traders"}
	for name, c := range map[string]struct {
		password string
		min      int
		want     Reason // empty: accepted
	}{
		"a phrase":                {"violet kettle drums softly", 0, ""},
		"just long enough":        {"kT4%vq9!wz2&Lm7", 0, ""},
		"one too short":           {"kT4%vq9!wz2&Lm", 0, TooShort},
		"shorter by choice":       {"kT4%vq9!", 8, ""},
		"choice below the floor":  {"kT4%vq9", 4, TooShort},
		"other scripts":           {"пятнадцать ворон на крыше", 0, ""},
		"emoji with joiners":      {"👩‍💻🌵🛶🎻🧊🪁🥁🦉🍂🌋🧭🪵🧲🦔🛷🧵", 0, ""},
		"counted after NFC":       {strings.Repeat("u\u0308o\u0308a\u0308 ", 3) + "xy", 0, TooShort},
		"longest":                 {strings.Repeat("bicycle kettle wolf ", 12) + "and a last owl.", 0, ""},
		"too long":                {strings.Repeat("bicycle kettle wolf ", 13), 0, TooLong},
		"a line break":            {"violet kettle\ndrums softly", 0, Unreadable},
		"a null":                  {"violet kettle drums softly\x00", 0, Unreadable},
		"not UTF-8":               {"violet kettle drums \xff", 0, Unreadable},
		"one character":           {strings.Repeat("x", 20), 0, Common},
		"repeated":                {"r4nd!r4nd!r4nd!r4nd!", 0, Common},
		"digits":                  {"123456789012345", 0, Common},
		"rows of keys":            {"qwertyuiopasdfghjkl", 0, Common},
		"rows backwards":          {"poiuytrewqlkjhgfdsa", 0, Common},
		"common words":            {"PasswordPassword1!", 0, Common},
		"common words and years":  {"Welcome2024Summer2025", 0, Common},
		"a common word in more":   {"welcome to the violet kettle", 0, ""},
		"the address":             {"olivia.harper@northwind.example", 0, Personal},
		"the address and a digit": {"Olivia.Harper@northwind.example7", 0, Personal},
		"name and company":        {"OliviaHarperNorthwind24", 0, Personal},
		"a name in more":          {"olivia rides a violet kettle", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckNew(c.password, c.min, context...)
			var refused *RuleError
			if errors.As(err, &refused) != (c.want != "") || refused != nil && refused.Reason != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), c.password) {
				t.Error("the error holds the password")
			}
		})
	}
}

func FuzzCheckNew(f *testing.F) {
	f.Add("violet kettle drums softly", "olivia@example.com")
	f.Fuzz(func(t *testing.T, password, context string) {
		if err := CheckNew(password, 0, context); err == nil && len(password) > MaxBytes {
			t.Errorf("accepted %d bytes", len(password))
		}
	})
}
