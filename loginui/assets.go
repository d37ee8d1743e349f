package loginui

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// asset is a file that pages load; its name holds a hash of its content, so it
// can be cached for ever.
type asset struct {
	name        string
	contentType string
	body        []byte
}

// assets are the files of all pages. Style sheets for accents are made when
// they are asked for.
type assets struct {
	style, mark asset
}

func loadAssets() (*assets, error) {
	style, err := embedded.ReadFile("assets/style.css")
	if err != nil {
		return nil, fmt.Errorf("opening style sheet: %w", err)
	}
	mark, err := embedded.ReadFile("assets/mark.svg")
	if err != nil {
		return nil, fmt.Errorf("opening mark: %w", err)
	}
	style = append(style, accentCSS(defaultAccent)...)
	return &assets{
		style: newAsset("style.css", "text/css; charset=utf-8", style),
		mark:  newAsset("mark.svg", "image/svg+xml", mark),
	}, nil
}

// newAsset puts a hash of body before the extension of name.
func newAsset(name, contentType string, body []byte) asset {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	name = strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	return asset{name: name, contentType: contentType, body: body}
}

// accent is the style sheet that colours a page for an operator.
func accent(c colour) asset {
	return newAsset("accent-"+c.String()[1:]+".css", "text/css; charset=utf-8", accentCSS(c))
}

// inline is the style of a standalone page.
func (a *assets) inline(brand Brand) []byte {
	c, ok := parseColour(brand.Accent)
	if !ok {
		c = defaultAccent
	}
	return slices.Concat(a.style.body, accentCSS(c))
}

// styleSource names, as the CSP does, where a page's style comes from.
func (a *assets) styleSource(frame Frame) string {
	if !frame.Standalone {
		return "'self'"
	}
	sum := sha256.Sum256(a.inline(frame.Brand))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// accentName is the name of an accent's style sheet, hash included.
var accentName = regexp.MustCompile(`^accent-([0-9a-f]{6})-[0-9a-f]{12}\.css$`)

// Asset returns what is served at PREFIX/assets/NAME; ok is false where there
// is no such file. Names change with the content: serve with
// "Cache-Control: public, max-age=31536000, immutable". The operator's logo,
// PREFIX/assets/logo, is not among them.
func (r *Renderer) Asset(name string) (contentType string, body []byte, ok bool) {
	for _, a := range []asset{r.assets.style, r.assets.mark} {
		if a.name == name {
			return a.contentType, a.body, true
		}
	}
	match := accentName.FindStringSubmatch(name)
	if match == nil {
		return "", nil, false
	}
	c, ok := parseColour("#" + match[1])
	if a := accent(c); ok && a.name == name {
		return a.contentType, a.body, true
	}
	return "", nil, false
}
