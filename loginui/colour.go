package loginui

import (
	"encoding/hex"
	"html/template"
	"math"
	"strings"
)

// colour is an sRGB colour.
type colour [3]uint8

var (
	black = colour{}
	white = colour{255, 255, 255}
)

// parseColour reads "#rrggbb".
func parseColour(s string) (colour, bool) {
	digits, ok := strings.CutPrefix(s, "#")
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != len(colour{}) {
		return colour{}, false
	}
	return colour(raw), true
}

// String returns "#rrggbb" in lower case.
func (c colour) String() string { return "#" + hex.EncodeToString(c[:]) }

func (c colour) css() template.CSS {
	return template.CSS(c.String()) // #nosec G203 -- # and six hexadecimal digits
}

// mix moves c towards other by a share of the way, 0 to 1.
func (c colour) mix(other colour, share float64) colour {
	var mixed colour
	for i := range c {
		a, b := float64(c[i]), float64(other[i])
		mixed[i] = uint8(math.Round(a + (b-a)*share))
	}
	return mixed
}

// contrasting moves c towards other until it has at least the given contrast
// with every background, and no further.
func (c colour) contrasting(other colour, ratio float64, backgrounds ...colour) colour {
	const steps = 64
	for i := range steps {
		mixed := c.mix(other, float64(i)/steps)
		if leastContrast(mixed, backgrounds) >= ratio {
			return mixed
		}
	}
	return other
}

func leastContrast(c colour, backgrounds []colour) float64 {
	least := math.Inf(1)
	for _, b := range backgrounds {
		least = min(least, contrast(c, b))
	}
	return least
}

// contrast is the ratio of WCAG 2.2, 1 to 21.
func contrast(a, b colour) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is the relative luminance of WCAG 2.2, 0 to 1.
func (c colour) luminance() float64 {
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// linear undoes the gamma of one sRGB channel.
func linear(channel uint8) float64 {
	v := float64(channel) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}
