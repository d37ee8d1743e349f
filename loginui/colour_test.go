package loginui

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

func TestContrast(t *testing.T) {
	tests := []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21},
		{"#ffffff", "#ffffff", 1},
		{"#767676", "#ffffff", 4.54}, // the known lightest grey for text
		{"#ff0000", "#ffffff", 4.00},
	}
	for _, test := range tests {
		t.Run(test.a+test.b, func(t *testing.T) {
			a, okA := parseColour(test.a)
			b, okB := parseColour(test.b)
			if got := contrast(a, b); !okA || !okB || math.Abs(got-test.want) > 0.01 {
				t.Errorf("contrast %.3f, want %.2f", got, test.want)
			}
		})
	}
}

func TestParseColour(t *testing.T) {
	for _, s := range []string{"", "#", "#fff", "0b5fff", "#0b5ff", "#0b5fff0", "#0b5fgf", "red", "#0b5fff;}"} {
		t.Run(s, func(t *testing.T) {
			if c, ok := parseColour(s); ok {
				t.Errorf("accepted as %s", c)
			}
		})
	}
	if c, ok := parseColour("#0B5FFF"); !ok || c.String() != "#0b5fff" {
		t.Errorf("upper case became %s, %t", c, ok)
	}
}

// TestPalettesAreReadable goes through the whole cube of colours.
func TestPalettesAreReadable(t *testing.T) {
	const step = 15
	for red := 0; red <= 255; red += step {
		for green := 0; green <= 255; green += step {
			for blue := 0; blue <= 255; blue += step {
				c := colour{uint8(red), uint8(green), uint8(blue)}
				for name, s := range map[string]scheme{"light": light, "dark": dark} {
					if err := s.readable(s.palette(c)); err != nil {
						t.Errorf("%s in %s: %v", c, name, err)
					}
				}
			}
		}
	}
}

func (s scheme) readable(p palette) error {
	pairs := []struct {
		what  string
		a, b  colour
		least float64
	}{
		{"text on button", p.on, p.accent, textContrast},
		{"text on button under pointer", p.on, p.hover, textContrast},
		{"accented text on card", p.ink, s.card, textContrast},
		{"accented text on page", p.ink, s.page, textContrast},
		{"accented text on tint", p.ink, p.soft, textContrast},
		{"accented text on glow", p.ink, p.glow, textContrast},
		{"bounds of button on card", p.bounds, s.card, controlContrast},
		{"button on card", p.accent, s.card, fillContrast},
	}
	for _, pair := range pairs {
		if got := contrast(pair.a, pair.b); got < pair.least {
			return fmt.Errorf("%s: %s on %s is %.2f", pair.what, pair.a, pair.b, got)
		}
	}
	return nil
}

// TestReadableAccentStays wants an accent that needs no change unchanged.
func TestReadableAccentStays(t *testing.T) {
	if p := light.palette(defaultAccent); p.accent != defaultAccent || p.ink != defaultAccent || p.on != white {
		t.Errorf("palette %+v", p)
	}
}

// TestSchemesMatchStyleSheet holds the backgrounds that palettes are measured
// against to those in use.
func TestSchemesMatchStyleSheet(t *testing.T) {
	css, err := os.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	bright, night, ok := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("style sheet has no dark scheme")
	}
	for s, part := range map[scheme]string{light: bright, dark: night} {
		for _, want := range []string{"--page: " + s.page.String() + ";", "--card: " + s.card.String() + ";"} {
			if !strings.Contains(part, want) {
				t.Errorf("style sheet does not say %q", want)
			}
		}
	}
}
