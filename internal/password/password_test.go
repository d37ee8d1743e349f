package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// cheap parameters: the tests are about decisions, not about cost.
var cheap = Options{Memory: 64, Time: 1, Parallelism: 1, Concurrent: 2}

const bcryptOfU = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" // of "U*U": openwall's vector

func TestHashAndVerify(t *testing.T) {
	h := New(cheap)
	encoded, err := h.Hash(t.Context(), "correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("got %s", encoded)
	}
	if err := ParseHash(encoded); err != nil {
		t.Fatalf("own hash refused: %v", err)
	}
	for name, c := range map[string]struct {
		password string
		match    bool
	}{
		"the same":       {"correct horse battery staple", true},
		"another":        {"correct horse battery stapler", false},
		"another case":   {"Correct horse battery staple", false},
		"empty":          {"", false},
		"far too long":   {strings.Repeat("a", 1<<20), false},
		"trailing space": {"correct horse battery staple ", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := h.Verify(t.Context(), encoded, c.password)
			if err != nil || got != (Result{Match: c.match}) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestVerifyNormalises(t *testing.T) {
	h := New(cheap)
	encoded, err := h.Hash(t.Context(), "Zu\u0308rich am See")
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Verify(t.Context(), encoded, "Z\u00fcrich am See")
	if err != nil || !got.Match {
		t.Errorf("got %+v, %v: composed and decomposed must be one password", got, err)
	}
}

func TestVerifyForeignHashes(t *testing.T) {
	h := New(cheap)
	for name, c := range map[string]struct {
		encoded, password string
		match             bool
	}{
		"bcrypt 2a":            {bcryptOfU, "U*U", true},
		"bcrypt 2y":            {strings.Replace(bcryptOfU, "$2a", "$2y", 1), "U*U", true},
		"bcrypt wrong":         {bcryptOfU, "U*V", false},
		"bcrypt over 72 bytes": {bcryptOfU, strings.Repeat("U*U", 100), false},
		// bcrypt hashed only the first 72 bytes of what the person typed then.
		"bcrypt of 80 bytes":  {bcryptOf(t, strings.Repeat("x", 72)), strings.Repeat("x", 80), true},
		"pbkdf2-sha256":       {pbkdf2Of(t, "pleaseletmein"), "pleaseletmein", true},
		"pbkdf2-sha256 wrong": {pbkdf2Of(t, "pleaseletmein"), "pleaseletmeout", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := h.Verify(t.Context(), c.encoded, c.password)
			if err != nil || got.Match != c.match || !got.Outdated {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// bcryptOf makes a hash with another implementation than the one under test.
func bcryptOf(t *testing.T, password string) string {
	t.Helper()
	encoded, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestOutdated(t *testing.T) {
	old := New(Options{Memory: 32, Time: 1})
	encoded, err := old.Hash(t.Context(), "a password")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		hasher *Hasher
		want   Result
	}{
		"same parameters":       {old, Result{Match: true}},
		"more memory":           {New(cheap), Result{Match: true, Outdated: true}},
		"rounded memory equals": {New(Options{Memory: 35, Time: 1}), Result{Match: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.hasher.Verify(t.Context(), encoded, "a password")
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestVerifyMalformed(t *testing.T) {
	got, err := New(cheap).Verify(t.Context(), "$argon2id$nonsense", "x")
	if !errors.Is(err, ErrHash) || got.Match {
		t.Errorf("got %+v, %v", got, err)
	}
}

// occupy takes every slot until the test ends.
func occupy(t *testing.T, h *Hasher) (release func()) {
	t.Helper()
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	return sync.OnceFunc(func() {
		for range cap(h.slots) {
			<-h.slots
		}
	})
}

func TestBusy(t *testing.T) {
	o := cheap
	o.Queue = -1
	h := New(o)
	release := occupy(t, h)
	if err := h.VerifyNobody(t.Context(), "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := h.Hash(t.Context(), "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("hash: %v", err)
	}
	if got, err := h.Verify(t.Context(), bcryptOfU, "U*U"); !errors.Is(err, ErrBusy) || got.Match {
		t.Errorf("verify: %+v, %v", got, err)
	}
	release()
	if err := h.VerifyNobody(t.Context(), "x"); err != nil {
		t.Errorf("after the flood: %v", err)
	}
}

func TestWaitingEndsWithContext(t *testing.T) {
	h := New(cheap)
	defer occupy(t, h)()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- h.VerifyNobody(ctx, "x") }()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := h.waiting.Load(); n != 0 {
		t.Errorf("%d still counted as waiting", n)
	}
}

func TestWaitingGetsItsTurn(t *testing.T) {
	h := New(cheap)
	release := occupy(t, h)
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for range cap(errs) {
		wg.Go(func() { errs <- h.VerifyNobody(t.Context(), "x") })
	}
	release()
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestNewBringsParametersIntoBounds(t *testing.T) {
	h := New(Options{Memory: 1, Time: 99, Parallelism: 99})
	encoded, err := h.Hash(t.Context(), "a password")
	if err != nil {
		t.Fatal(err)
	}
	if err := ParseHash(encoded); err != nil {
		t.Errorf("%s: %v", encoded, err)
	}
}

// TestMemoryBounds: what an operator may choose is what a record may hold.
func TestMemoryBounds(t *testing.T) {
	for time := 1; time <= MaxTime; time++ {
		least, most := MemoryBounds(time)
		for _, memory := range []int{least, most} {
			if err := argon2Bounds([]int{memory, time, MaxParallelism}); err != nil {
				t.Errorf("%d passes over %d KiB: %v", time, memory, err)
			}
		}
		if argon2Bounds([]int{most + 1, time, 1}) == nil {
			t.Errorf("%d passes may take more than %d KiB", time, most)
		}
		if next, _ := MemoryBounds(time + 1); least < 7*1024 || next > least {
			t.Errorf("at least %d KiB for %d passes, %d for one more", least, time, next)
		}
	}
}

func TestDefaults(t *testing.T) {
	for _, tt := range []struct {
		name               string
		processors         int
		options            Options
		concurrent, memory int
	}{
		{"one processor", 1, Options{}, 1, 19 * 1024},
		{"three", 3, Options{}, 1, 19 * 1024},
		{"eight", 8, Options{}, 4, 19 * 1024},
		{"as it is written", 8, Options{Concurrent: 7, Memory: 64}, 7, 64},
		{"memory by the passes", 8, Options{Time: 3}, 4, 12 * 1024},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(tt.processors))
			h := New(tt.options)
			if cap(h.slots) != tt.concurrent || h.options.Memory != tt.memory {
				t.Errorf("%d at once of %d KiB, want %d of %d", cap(h.slots), h.options.Memory, tt.concurrent, tt.memory)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	h := New(Options{})
	encoded, err := h.Hash(b.Context(), "correct horse battery staple")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r, err := h.Verify(b.Context(), encoded, "correct horse battery staple"); err != nil || !r.Match {
			b.Fatal(r, err)
		}
	}
}

func BenchmarkVerifyNobody(b *testing.B) {
	h := New(Options{})
	for b.Loop() {
		if err := h.VerifyNobody(b.Context(), "correct horse battery staple"); err != nil {
			b.Fatal(err)
		}
	}
}
