package loginui

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func english(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("texts/en.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// offered are the keys that whoever fills the pages names, by prefix. Message
// keys are named without it, and without what follows.
var offered = map[string]string{
	"problem.": `email_invalid email_unregistered code_wrong code_expired code_spent password_wrong password_wrong_wait
		too_many too_many_new field_required field_too_long field_characters busy form_again choose password_too_short password_too_long
		password_unreadable password_common password_personal password_same`,
	"notice.": `provider_cancelled provider_failed provider_unavailable unverified mail_failed mail_resent password_set step_again`,
	"message.": `expired finished cookies unauthorized forbidden_origin forbidden_form not_found misdirected unavailable
		method_not_allowed too_large address_too_long cookies_too_large too_many inactive not_created no_method other_address switch_refused early`,
	"action.": `sign_in sign_in_again start_again back_to_portal to_session back`,
}

// usedKeys are the keys that templates, Go code and the users of the package
// name.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	for prefix, names := range offered {
		for _, name := range strings.Fields(names) {
			if prefix == "message." {
				used[prefix+name+".title"], used[prefix+name+".text"] = true, true
				continue
			}
			used[prefix+name] = true
		}
	}
	for _, key := range literalKeys(t, ".") {
		used[key] = true
	}
	return used
}

// keyLiteral is a quoted string that looks like a key of ours.
var keyLiteral = regexp.MustCompile(`"((?:language|brand|layout|date|field|email|platform|method|code|link|link_elsewhere|password|new_password|password_changed|create|stay|account|enter|session|sign_out|signed_out|action|problem|notice|mail)\.[a-z_]+(?:\.[a-z_]+)?)"`)

func literalKeys(t *testing.T, dir string) []string {
	t.Helper()
	var keys []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || !isSource(name) {
			return err
		}
		raw, err := fs.ReadFile(os.DirFS(dir), name)
		for _, match := range keyLiteral.FindAllSubmatch(raw, -1) {
			keys = append(keys, string(match[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") || strings.HasPrefix(name, "templates/")
}

// composed are the keys that are put together when a page is rendered.
var composed = regexp.MustCompile(`^(unit\.(seconds|minutes|hours|days|characters)\.(one|other)|date\.month\.\d+|kind\.(contact|member)` +
	`|platform\.(client|tech|admin)\.(name|text)|method\.(microsoft|email_token|password)\.(action|text|name)` +
	`|method\.provider\.(action|text)|field\.[a-z_]+\.(label|hint))$`)

func TestKeysAreThereAndUsed(t *testing.T) {
	base := newTestRenderer(t).catalogue.languages[0]
	used := usedKeys(t)
	for key := range used {
		if !base.has(key) {
			t.Errorf("no text %q", key)
		}
	}
	for key := range base.text {
		if name, ok := strings.CutSuffix(key, withoutSupport); ok && base.has(name) {
			continue
		}
		if !used[key] && !composed.MatchString(key) {
			t.Errorf("text %q is used nowhere", key)
		}
	}
}

// TestKeysNamedElsewhere looks through the whole module for keys of notices,
// problems and actions.
func TestKeysNamedElsewhere(t *testing.T) {
	base := newTestRenderer(t).catalogue.languages[0]
	for _, key := range literalKeys(t, "..") {
		prefix, _, _ := strings.Cut(key, ".")
		if slices.Contains([]string{"problem", "notice", "action"}, prefix) && !base.has(key) {
			t.Errorf("no text %q", key)
		}
	}
}

func TestFieldsHaveLabels(t *testing.T) {
	base := newTestRenderer(t).catalogue.languages[0]
	for name := range fieldKinds {
		if !base.has("field." + name + ".label") {
			t.Errorf("field %s has no label", name)
		}
	}
	for key := range base.text {
		name, ok := strings.CutPrefix(key, "field.")
		name, _, _ = strings.Cut(name, ".")
		if _, known := fieldKinds[name]; ok && !known {
			t.Errorf("text %q is of no field", key)
		}
	}
}

// TestSupportCanBeMissing wants other words for every text that names the
// support address.
func TestSupportCanBeMissing(t *testing.T) {
	base := newTestRenderer(t).catalogue.languages[0]
	for key, text := range base.text {
		if slices.Contains(text.placeholders(), "support") && !base.has(key+withoutSupport) {
			t.Errorf("text %q has no sibling without support address", key)
		}
	}
}

func TestIncompleteLanguageIsRefused(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no default", map[string]string{"de.json": `{}`}, `no texts in the default language "en"`},
		{"no language", map[string]string{"en.json": `{}`, "nonsense!.json": `{}`}, "file name is no language"},
		{"no JSON", map[string]string{"en.json": `{`}, "loading texts en.json: parsing"},
		{"gap", map[string]string{"en.json": `{"a": "A"}`, "de.json": `{}`}, `language de: no text "a"`},
		{"too much", map[string]string{"en.json": `{}`, "de.json": `{"a": "A"}`}, `language de: text "a" is unknown in en`},
		{"other placeholder", map[string]string{"en.json": `{"a": "{x}"}`, "de.json": `{"a": "{y}"}`}, `text "a": placeholders ["y"] instead of ["x"]`},
		{"no plural", map[string]string{"en.json": `{"unit.days.other": "{n}"}`, "de.json": `{"unit.days.few": "{n}"}`}, `no text "unit.days.other"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := loadCatalogue(mapFS(test.files))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func mapFS(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, body := range maps.All(files) {
		m[name] = &fstest.MapFile{Data: []byte(body)}
	}
	return m
}

func TestMatch(t *testing.T) {
	c, err := loadCatalogue(mapFS(map[string]string{"en.json": `{}`, "de.json": `{}`, "pt-BR.json": `{}`}))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"": "en", "de": "de", "de-AT, en;q=0.5": "de", "fr": "en", "en;q=0.1, de;q=0.2": "de", "pt": "pt-BR",
		"###": "en", "de;q=x": "en", "de," + strings.Repeat("x", maxAcceptLanguage): "en",
	}
	for header, want := range tests {
		t.Run(header, func(t *testing.T) {
			if got := c.match(header).tag.String(); got != want {
				t.Errorf("language %s, want %s", got, want)
			}
		})
	}
}
