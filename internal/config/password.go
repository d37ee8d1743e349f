package config

import "github.com/frontdesk-gateway/frontdesk/internal/password"

// Password is what passwords must be, and what hashing one costs.
type Password struct {
	// Least number of characters of a new one, 8 to 64. Default: 15
	// (NIST SP 800-63B-4, 3.1.1.2).
	MinLength int `json:"min_length,omitempty"`

	// The costs of a hash. One that was made with others is made anew at the
	// person's next sign-in. Default: those of the OWASP Password Storage Cheat
	// Sheet.
	Argon2id *Argon2id `json:"argon2id,omitempty"`

	// How many passwords are hashed at once, 1 to 256; each takes a processor
	// and the memory of a hash meanwhile, and the others wait for their turn.
	// Default: half as many as there are processors, so that a flood of guesses
	// leaves the rest to the portals' traffic.
	Concurrent int `json:"concurrent,omitempty"`
}

// Argon2id are the costs of a hash (RFC 9106), no lower than the lowest that
// the OWASP Password Storage Cheat Sheet names.
type Argon2id struct {
	// Memory of one hash. At least 46 MiB with one iteration, 19 MiB with two,
	// 12 MiB with three, 9 MiB with four, 7 MiB with five and more; at most 256
	// MiB, and 1 GiB over all iterations. Default: the least.
	Memory Size `json:"memory,omitempty"`

	// Passes over the memory, 1 to 32. Default: 2.
	Iterations int `json:"iterations,omitempty"`

	// Lanes that are computed side by side, 1 to 16. Default: 1.
	Parallelism int `json:"parallelism,omitempty"`
}

const (
	maxMinLength  = 64
	maxConcurrent = 256
)

func (k *checker) password() {
	p := k.config.Password
	if p == nil {
		p = &Password{}
	}
	k.settings.MinLength = k.number("password min_length", p.MinLength, password.DefaultMinLength, password.LowestMinLength, maxMinLength)
	k.settings.Hashing = k.argon2id(p.Argon2id)
	k.settings.Hashing.Concurrent = k.number("password concurrent", p.Concurrent, 0, 1, maxConcurrent)
}

func (k *checker) argon2id(a *Argon2id) (o password.Options) {
	if a == nil {
		a = &Argon2id{}
	}
	refused := len(k.errs)
	o.Time = k.number("password argon2id iterations", a.Iterations, password.DefaultTime, 1, password.MaxTime)
	if len(k.errs) == refused { // the memory is judged by them
		o.Memory = int(k.memory(a.Memory, o.Time) / KiB)
	}
	o.Parallelism = k.number("password argon2id parallelism", a.Parallelism, password.DefaultParallelism, 1, password.MaxParallelism)
	return o
}

func (k *checker) memory(m Size, iterations int) Size {
	leastKiB, mostKiB := password.MemoryBounds(iterations)
	least, most := Size(leastKiB)*KiB, Size(mostKiB/1024)*MiB
	switch {
	case m == 0:
		return least
	case m < least || m > most:
		k.refuse("password argon2id memory", m.String(), "%v is out of bounds with iterations %d: write %v to %v", m, iterations, least, most)
	}
	return m
}
