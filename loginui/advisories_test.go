package loginui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAdvisoriesOfText: the header of a stranger's browser names languages.
// What is malformed or too much counts as none, and costs next to nothing.
func TestAdvisoriesOfText(t *testing.T) {
	renderer, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]string{
		"CVE-2020-14040: half of a character":       "\xfe",
		"CVE-2020-14040: half of a surrogate":       "de-\xed\xa0\x80",
		"CVE-2021-38561: extension that ends early": "en-u-",
		"CVE-2021-38561: extension of none":         "de-u-co-",
		"CVE-2021-38561: private tag that is empty": "x-",
		"CVE-2022-32149: subtags without end":       "de" + strings.Repeat("-a", 100_000),
		"CVE-2022-32149: tags without end":          strings.Repeat("de-x-a-a-a-a,", 50_000),
		"CVE-2022-32149: weights without end":       "de;q=" + strings.Repeat("0", 200_000) + "1",
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Accept-Language", header)
			w := httptest.NewRecorder()
			if err := renderer.Write(w, r, http.StatusOK, Frame{Prefix: "/frontdesk"}, Message{Key: "expired"}); err != nil {
				t.Fatal(err)
			}
			if len(header) > maxAcceptLanguage && !strings.Contains(w.Body.String(), `<html lang="en"`) {
				t.Errorf("%d bytes of languages were read", len(header))
			}
			if w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("status %d, %d bytes", w.Code, w.Body.Len())
			}
		})
	}
}
