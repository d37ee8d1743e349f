package rescue

import (
	"errors"
	"strings"
	"testing"
)

func TestDo(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name  string
		fn    func() error
		want  string
		is    error
		panic bool
	}{
		{"nothing", func() error { return nil }, "", nil, false},
		{"an error", func() error { return broken }, "broken", broken, false},
		{"a panic with an error", func() error { panic(broken) }, "panic: broken", broken, true},
		{"a panic with a text", func() error { panic("no room") }, "panic: no room", nil, true},
		{"a nil pointer", func() error { var p *Panic; p.Value = 1; return nil }, "nil pointer", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Do(c.fn)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v", err)
			}
			var p *Panic
			if panicked := errors.As(err, &p); panicked != c.panic {
				t.Errorf("a panic: %t, want %t", panicked, c.panic)
			}
			if p != nil && !strings.Contains(string(p.Stack), "rescue_test.go") {
				t.Errorf("the stack does not lead to the place:\n%s", p.Stack)
			}
		})
	}
}
