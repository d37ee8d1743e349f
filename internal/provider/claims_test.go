package provider

import (
	"testing"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// Whatever a provider signs: no address is verified that would not sign in,
// none is in both lists, and no text can break a line.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		`{"iss":"x","email":"a@b.example","xms_edov":true,"upn":"A@b.example","name":"a\u0000b"}`,
		`{"aud":["a",1],"exp":1e400,"verified_primary_email":["a@b.example",{}]}`,
		`{"email":{"a":1},"xms_edov":[true],"verified_secondary_email":"x"}`,
		`{"iss":"a","iss":"b"}`, `[]`, `null`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var claims idClaims
		if json.Unmarshal(data, &claims) != nil {
			return
		}
		id := identifyEntra(claims)
		for _, a := range append(id.Verified, id.Claimed...) {
			if parsed, err := directory.ParseAddress(string(a)); err != nil || parsed != a {
				t.Errorf("%q is no address: %v", a, err)
			}
		}
		for _, a := range id.Verified {
			if listed(id.Claimed, a) {
				t.Errorf("%q is verified and claimed", a)
			}
		}
		for _, s := range []string{id.Name, id.GivenName, id.FamilyName, id.Phone} {
			if line(s) != s {
				t.Errorf("%q is no line", s)
			}
		}
	})
}

// A key set holds nothing but public keys for signatures.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{
		`{"kty":"oct","k":"c2VjcmV0","kid":"a"}`,
		`{"kty":"RSA","n":"sXch","e":"AQAB","use":"enc"}`,
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","issuer":7}`,
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","issuer":"i"}`,
		`{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		`{}`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, key := range parseKeys([]json.RawMessage{data}) {
			if !key.IsPublic() || !key.Valid() || key.Use == "enc" {
				t.Errorf("kept %+v", key)
			}
		}
	})
}
