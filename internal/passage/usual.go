package passage

// usualNames are those of the headers that browsers send with most requests. To
// find one costs a comparison.
var usualNames = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Length", "Content-Type", "Cookie", "Dnt", "If-Modified-Since", "If-None-Match",
	"Origin", "Pragma", "Priority", "Range", "Referer", "Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode",
	"Sec-Fetch-Site", "Sec-Fetch-User", "Sec-Gpc", "Upgrade-Insecure-Requests", "User-Agent", "X-Requested-With",
}

// usual are the names that were judged beforehand, and are kept whoever sends
// them. Each has a place of its own; one that is not there is judged as any other.
type usual [64]string

func (u *usual) has(name string) bool {
	return len(name) >= shortest && u[place(name)] == name
}

const shortest = len("Dnt")

// place is where a name stands, if anywhere: no two of usualNames share one.
func place(name string) int {
	return (2*len(name) + 5*int(name[0]) + 3*int(name[len(name)-shortest])) % len(usual{})
}

// keptOf returns those names that the lists keep, trusted or not.
func (f *Filter) keptOf(names []string) (u usual) {
	for _, name := range names {
		if f.keeps(name, false) {
			u[place(name)] = name
		}
	}
	return u
}
