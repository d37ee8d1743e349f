package password

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/argon2"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/pbkdf2"
)

// ErrHash says that a text is no hash that passwords can be verified against.
// Its wrapped forms say what is wrong, and never contain the hash.
var ErrHash = errors.New("not a usable password hash")

// Bounds of a hash. The cost parameters stand in the record, so a record could
// otherwise make one sign-in take all the memory, or minutes of a processor.
// What they admit takes seconds at most, in one of the slots of a Hasher.
const (
	maxEncoded    = 512     // bytes
	maxMemory     = 1 << 18 // KiB: 256 MiB
	maxMemoryTime = 1 << 20 // KiB times passes
	maxBcryptCost = 15      // binary logarithm of the rounds
	minBcryptCost = 4       // the algorithm's own
	maxIterations = 3_000_000
	minIterations = 1000 // RFC 8018, 4.2
	minSalt       = 8    // bytes
	minKey        = 16   // bytes
	maxKey        = 64   // bytes
)

// form is one family of hashes: how it is spelled, what bounds its costs, and
// who decodes it.
type form struct {
	name   string
	spell  *regexp.Regexp // its groups are the cost parameters
	bounds func(costs []int) error
	decode func(string) (algorithm.Digest, error)
}

var forms = []form{
	{"argon2", regexp.MustCompile(`^\$argon2id?\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$`),
		argon2Bounds, argon2.Decode},
	{"2", regexp.MustCompile(`^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$`),
		bcryptBounds, bcrypt.Decode},
	{"pbkdf2", regexp.MustCompile(`^\$pbkdf2(?:-sha(?:1|224|256|384|512))?\$(\d{1,9})\$[./A-Za-z0-9]+\$[./A-Za-z0-9]+$`),
		pbkdf2Bounds, pbkdf2.Decode},
}

// ParseHash reports whether passwords can be verified against a hash from
// another system: argon2id or argon2i (version 19) or PBKDF2 in PHC form, or
// bcrypt ($2a$, $2b$, $2y$). The error wraps [ErrHash] and says what is wrong.
func ParseHash(encoded string) error {
	_, err := decode(encoded)
	return err
}

func decode(encoded string) (algorithm.Digest, error) {
	if len(encoded) > maxEncoded {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrHash, maxEncoded)
	}
	for _, f := range forms {
		if strings.HasPrefix(encoded, "$"+f.name) {
			return f.read(encoded)
		}
	}
	return nil, fmt.Errorf("%w: it must begin with $argon2id$, $argon2i$, $2a$, $2b$, $2y$ or $pbkdf2", ErrHash)
}

func (f form) read(encoded string) (algorithm.Digest, error) {
	groups := f.spell.FindStringSubmatch(encoded)
	if groups == nil {
		return nil, fmt.Errorf("%w: it begins like %s but is not spelled as such a hash", ErrHash, f.title())
	}
	var costs []int
	for _, group := range groups[1:] {
		n, err := strconv.Atoi(group)
		if err != nil {
			return nil, fmt.Errorf("%w: %s", ErrHash, err)
		}
		costs = append(costs, n)
	}
	if err := f.bounds(costs); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrHash, err)
	}
	digest, err := f.decode(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: its %s salt or key is not encoded as it should be", ErrHash, f.title())
	}
	return digest, lengths(digest, f)
}

func (f form) title() string {
	if f.name == "2" {
		return "bcrypt"
	}
	return f.name
}

// lengths bounds salt and key; bcrypt's are fixed by its spelling. A PBKDF2
// key costs its iterations for every block of it.
func lengths(d algorithm.Digest, f form) error {
	if f.name == "2" {
		return nil
	}
	if n := len(d.Salt()); n < minSalt {
		return fmt.Errorf("%w: the salt has %d bytes, fewer than %d", ErrHash, n, minSalt)
	}
	if n := len(d.Key()); n < minKey || n > maxKey {
		return fmt.Errorf("%w: the key has %d bytes, not %d to %d", ErrHash, n, minKey, maxKey)
	}
	return nil
}

// minArgonMemory is the least memory in KiB for a number of lanes (RFC 9106,
// 3.1).
func minArgonMemory(parallelism int) int { return 8 * parallelism }

func argon2Bounds(costs []int) error {
	memory, time, parallelism := costs[0], costs[1], costs[2]
	if err := within("p", parallelism, 1, MaxParallelism); err != nil {
		return err
	}
	if err := within("m", memory, minArgonMemory(parallelism), maxMemory); err != nil {
		return err
	}
	if err := within("t", time, 1, MaxTime); err != nil {
		return err
	}
	return within("m times t", memory*time, 1, maxMemoryTime)
}

func bcryptBounds(costs []int) error {
	return within("bcrypt's cost", costs[0], minBcryptCost, maxBcryptCost)
}

func pbkdf2Bounds(costs []int) error {
	return within("the number of iterations", costs[0], minIterations, maxIterations)
}

func within(name string, value, least, most int) error {
	if value < least || value > most {
		return fmt.Errorf("%s is %d, not %d to %d", name, value, least, most)
	}
	return nil
}
