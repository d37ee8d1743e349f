package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Look is the operator's look, without the logo's bytes: see [ReadLogo].
type Look struct {
	Name     string
	LogoFile string
	Accent   string
}

var (
	accentForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	logoTypes  = map[string]string{".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
)

const (
	maxName = 64 // characters of a name that pages show
	maxLogo = 512 << 10
)

func (k *checker) brand() {
	b := k.config.Brand
	if b == nil {
		return
	}
	accent := strings.ToLower(b.Accent)
	if len(accent) == 6 {
		accent = "#" + accent // in a Caddyfile an unquoted # begins a comment
	}
	k.settings.Brand = Look{Name: b.Name, LogoFile: b.Logo, Accent: accent}
	k.shortLine("brand name", b.Name)
	if accent != "" && !accentForm.MatchString(accent) {
		k.refuse("brand accent", b.Accent, `%q is no colour: write it like "#0b5fff"`, b.Accent)
	}
	if _, ok := logoTypes[strings.ToLower(filepath.Ext(b.Logo))]; b.Logo != "" && !ok {
		k.refuse("brand logo", b.Logo, "%q is no picture that browsers show: name an svg, png, jpg or webp file", b.Logo)
	}
}

// shortLine refuses a name that would not stand on one line of a page.
func (k *checker) shortLine(option, name string) {
	if utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		k.refuse(option, name, "it has more than %d characters, or control characters: write a shorter, plain one", maxName)
	}
}

// ReadLogo reads the operator's logo and gives its media type.
func ReadLogo(path string) (mediaType string, body []byte, err error) {
	f, err := os.Open(path) // #nosec G304 -- the operator names the logo
	if err != nil {
		return "", nil, &Error{Option: "brand logo", Value: path, Reason: fmt.Sprintf("cannot be read: %v", err)}
	}
	defer f.Close()
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(f, maxLogo+1))
	switch {
	case err != nil:
		return "", nil, &Error{Option: "brand logo", Value: path, Reason: fmt.Sprintf("cannot be read: %v", err)}
	case n > maxLogo:
		return "", nil, &Error{Option: "brand logo", Value: path, Reason: "is larger than 512 KiB: name a smaller file"}
	}
	return logoTypes[strings.ToLower(filepath.Ext(path))], buf.Bytes(), nil
}
