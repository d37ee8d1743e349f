package password

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/argon2"
	"golang.org/x/text/unicode/norm"
)

// ErrBusy says that the password could not be checked now because too many
// others wait to be. It says nothing about the password.
var ErrBusy = errors.New("too many passwords are being checked")

// maxInput bounds what is hashed, in bytes as typed. A longer text is nobody's
// password: [CheckNew] admits far less.
const maxInput = 1024

// Options of a [Hasher]; a zero field stands for its default.
type Options struct {
	// Memory (KiB), Time (passes) and Parallelism (lanes) are argon2id's cost
	// parameters. Default: [DefaultTime], [DefaultParallelism], and the least
	// memory that OWASP names for the passes, 19456.
	Memory      int
	Time        int
	Parallelism int
	// Concurrent bounds how many hashes are computed at once, and so the
	// memory and the processors in use; default: half of GOMAXPROCS, one at
	// least, which leaves the other half to the proxied traffic.
	Concurrent int
	// Queue bounds how many calls wait for a turn; default: 16 for each of
	// Concurrent. A negative number lets none wait.
	Queue int
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&o.Time, DefaultTime}, {&o.Parallelism, DefaultParallelism}, {&o.Concurrent, max(runtime.GOMAXPROCS(0)/2, 1)},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.Memory <= 0 {
		o.Memory, _ = MemoryBounds(o.Time)
	}
	if o.Queue == 0 {
		o.Queue = 16 * o.Concurrent
	}
	o.Queue = max(o.Queue, 0)
	return o
}

// Hasher makes and verifies hashes, no more at once than its options say. It
// may be used by several goroutines.
type Hasher struct {
	options Options
	slots   chan struct{}
	waiting atomic.Int64
	nobody  algorithm.Digest
}

// New returns a Hasher. Cost parameters beyond what [ParseHash] accepts are
// brought into its bounds.
func New(options Options) *Hasher {
	o := options.withDefaults()
	o.Time = min(o.Time, MaxTime)
	o.Parallelism = min(o.Parallelism, MaxParallelism)
	_, most := MemoryBounds(o.Time)
	o.Memory = min(max(o.Memory, minArgonMemory(o.Parallelism)), most)
	h := &Hasher{options: o, slots: make(chan struct{}, o.Concurrent)}
	h.nobody = h.argon().MustHash("nobody has this password")
	return h
}

// argon returns a new hasher of the library, whose own is not safe for
// concurrent use. The options are within bounds, so it cannot fail.
func (h *Hasher) argon() *argon2.Hasher {
	a, err := argon2.New(argon2.WithVariantID(), argon2.WithM(uint32(h.options.Memory)), // #nosec G115 -- within MemoryBounds
		argon2.WithT(h.options.Time), argon2.WithP(h.options.Parallelism))
	if err != nil {
		panic(fmt.Sprintf("password: argon2id parameters: %v", err))
	}
	return a
}

// Hash returns the hash of a password in PHC form, with a new salt. The error
// is [ErrBusy] or the context's, or says that the password is over 1024 bytes.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if len(password) > maxInput {
		return "", fmt.Errorf("hashing a password: it is longer than %d bytes", maxInput)
	}
	var encoded string
	err := h.inTurn(ctx, func() error {
		digest, err := h.argon().Hash(norm.NFC.String(password))
		if err != nil {
			return err
		}
		encoded = digest.Encode()
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return encoded, nil
}

// Result is what [Hasher.Verify] found.
type Result struct {
	Match bool
	// Outdated says that the hash is not what this Hasher would make: once the
	// password matched it should be hashed anew.
	Outdated bool
}

// Verify compares a password with a hash that [ParseHash] accepts. An error
// says that it could not be checked ([ErrBusy], the context's, or a malformed
// hash, [ErrHash]), never that it does not match.
func (h *Hasher) Verify(ctx context.Context, encoded, password string) (Result, error) {
	digest, err := decode(encoded)
	if err != nil {
		return Result{}, fmt.Errorf("verifying a password: %w", err)
	}
	match, err := h.match(ctx, digest, password)
	if err != nil {
		return Result{}, fmt.Errorf("verifying a password: %w", err)
	}
	result := Result{Match: match, Outdated: h.outdated(encoded)}
	if !match && result.Outdated {
		// As much work as a right one makes, which is hashed anew. It was judged,
		// whatever comes of this.
		_ = h.VerifyNobody(ctx, password)
	}
	return result, nil
}

// VerifyNobody takes the time of a [Hasher.Verify] that does not match, for an
// address that has no password: how long the answer takes then tells nothing.
func (h *Hasher) VerifyNobody(ctx context.Context, password string) error {
	if _, err := h.match(ctx, h.nobody, password); err != nil {
		return fmt.Errorf("verifying a password: %w", err)
	}
	return nil
}

func (h *Hasher) match(ctx context.Context, digest algorithm.Digest, password string) (match bool, err error) {
	if len(password) > maxInput {
		return false, ctx.Err()
	}
	err = h.inTurn(ctx, func() error {
		match, err = digest.MatchAdvanced(norm.NFC.String(password))
		return err
	})
	return match && err == nil, err
}

// outdated compares the parameters, which in PHC form stand before the salt.
func (h *Hasher) outdated(encoded string) bool {
	o := h.options
	memory := o.Memory - o.Memory%(4*o.Parallelism) // as argon2 rounds it (RFC 9106, 3.2)
	prefix := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$", memory, o.Time, o.Parallelism)
	return !strings.HasPrefix(encoded, prefix) || len(encoded) != len(h.nobody.Encode())
}

// inTurn runs work when one of the slots is free. A computation that began
// cannot be stopped; the context counts while waiting.
func (h *Hasher) inTurn(ctx context.Context, work func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case h.slots <- struct{}{}:
	default:
		if err := h.wait(ctx); err != nil {
			return err
		}
	}
	defer func() { <-h.slots }()
	return work()
}

func (h *Hasher) wait(ctx context.Context) error {
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > int64(h.options.Queue) {
		return ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
