package loginui

import "fmt"

// The contrasts that WCAG 2.2 AA asks for: of text (1.4.3), and of the bounds
// of controls (1.4.11). A button inside its bounds only has to show.
const (
	textContrast    = 4.5
	controlContrast = 3
	fillContrast    = 1.25
)

// defaultAccent is the colour of an operator who chose none.
var defaultAccent = colour{0x2f, 0x55, 0xd4}

// scheme is a colour scheme of style.css as far as accents depend on it.
type scheme struct {
	page, card colour  // backgrounds
	far        colour  // what stands out most from them
	tint       float64 // share of the accent in a soft background
	ink        float64 // contrast of accented text
}

var (
	light = scheme{page: colour{0xf3, 0xf4, 0xf7}, card: white, far: black, tint: 0.1, ink: textContrast}
	// Saturated colours glare on dark ground: more contrast reads calmer.
	dark = scheme{page: colour{0x0e, 0x10, 0x14}, card: colour{0x18, 0x1b, 0x21}, far: white, tint: 0.18, ink: 6}
)

// palette is what becomes of an accent in a scheme.
type palette struct {
	accent colour // background of the main button
	bounds colour // its border
	hover  colour // the same under the pointer
	on     colour // text on both
	ink    colour // accented text, icons and focus rings
	soft   colour // a tint behind icons
	glow   colour // a hint of it at the top of the page
}

// palette derives readable colours from an accent: as near to it as the
// contrasts allow.
func (s scheme) palette(c colour) palette {
	p := palette{soft: s.card.mix(c, s.tint), glow: s.page.mix(c, 0.07)}
	p.accent = c.contrasting(s.far, fillContrast, s.card)
	p.bounds = c.contrasting(s.far, controlContrast, s.card)
	p.on = textOn(p.accent)
	// Away from the text's colour, so that the contrast only grows.
	away := black
	if p.on == black {
		away = white
	}
	p.hover = p.accent.mix(away, 0.16)
	p.ink = c.contrasting(s.far, s.ink, s.page, s.card, p.soft, p.glow)
	return p
}

// textOn returns white where it can be read on c, else black: one of them
// always has a contrast of at least 4.58.
func textOn(c colour) colour {
	if contrast(white, c) >= textContrast {
		return white
	}
	return black
}

// accentCSS sets the custom properties of style.css that come from an accent.
func accentCSS(c colour) []byte {
	return fmt.Appendf(nil, ":root{%s}\n@media (prefers-color-scheme:dark){:root{%s}}\n",
		light.palette(c).css(), dark.palette(c).css())
}

func (p palette) css() string {
	return fmt.Sprintf("--accent:%s;--bounds:%s;--accent-hover:%s;--on-accent:%s;--ink:%s;--soft:%s;--glow:%s",
		p.accent, p.bounds, p.hover, p.on, p.ink, p.soft, p.glow)
}
