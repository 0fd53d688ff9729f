package reports

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

const (
	// likeness is how busy a station is at least, against the busiest of those it stands with.
	likeness = 0.95
	// mostRanges is how many ranges of numbers a name may list.
	mostRanges = 3
)

// number finds the numbers in a station's name: 2 and 1 in host[2].core[1].
var number = regexp.MustCompile(`\[([0-9]{1,6})\]`)

// stations is one station or several that are alike; the figures are those of a row.
type stations struct {
	result.Station
	count int
}

// gather puts stations together that are alike but for their numbers: 24 server ports under the same load are one thing
// to a reader. One that is much less busy than the others of its name stays apart, since that is what a reader must see.
// The list is sorted, the busiest first, and so is what it returns.
func gather(list []result.Station) []stations {
	var groups [][]result.Station
	for _, s := range list {
		i := slices.IndexFunc(groups, func(g []result.Station) bool { return belongs(s, g[0]) })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], s)
	}
	gathered := make([]stations, len(groups))
	for i, g := range groups {
		gathered[i] = sumUp(g)
	}
	return gathered
}

// belongs reports whether a station goes with one that is busier.
func belongs(s, busier result.Station) bool {
	return number.MatchString(s.Name) && s.Servers == busier.Servers && s.Utilization >= likeness*busier.Utilization &&
		number.ReplaceAllString(s.Name, "[]") == number.ReplaceAllString(busier.Name, "[]")
}

// sumUp makes one row of several stations, the busiest first: means by visit, sums, and the worst of what has no sum.
func sumUp(group []result.Station) stations {
	sum := stations{group[0], len(group)}
	if len(group) == 1 {
		return sum
	}
	sum.Name = commonName(group)
	service, wait := sum.ServiceMeanNs*sum.Visits, sum.WaitMeanNs*sum.Visits
	for _, s := range group[1:] {
		service += s.ServiceMeanNs * s.Visits
		wait += s.WaitMeanNs * s.Visits
		sum.Visits += s.Visits
		sum.WaitMaxNs = max(sum.WaitMaxNs, s.WaitMaxNs)
		sum.Drops += s.Drops
	}
	if sum.Visits > 0 {
		sum.ServiceMeanNs, sum.WaitMeanNs = service/sum.Visits, wait/sum.Visits
	}
	return sum
}

// commonName names a group: "tor.port[0..23]", "host[0..1].core[0..3]"; or, where the numbers do not make up ranges, the
// busiest and how many others.
func commonName(group []result.Station) string {
	var at [][]int // the numbers at each place
	seen := map[string]bool{}
	for _, s := range group {
		seen[s.Name] = true
		for k, m := range number.FindAllStringSubmatch(s.Name, -1) {
			n, _ := strconv.Atoi(m[1]) // six digits
			if k == len(at) {
				at = append(at, nil)
			}
			at[k] = append(at[k], n)
		}
	}
	every, readable := 1, true
	names := make([]string, len(at))
	for k := range at {
		slices.Sort(at[k])
		at[k] = slices.Compact(at[k])
		every *= len(at[k])
		list := ranges(at[k])
		readable = readable && len(list) <= mostRanges
		names[k] = "[" + strings.Join(list, ",") + "]"
	}
	if !readable || every != len(group) || len(seen) != len(group) {
		return fmt.Sprintf("%s and %d alike", group[0].Name, len(group)-1)
	}
	return number.ReplaceAllStringFunc(group[0].Name, func(string) string {
		name := names[0]
		names = names[1:]
		return name
	})
}

// ranges writes sorted numbers as "0..3", "5", "7..8".
func ranges(list []int) []string {
	var parts []string
	for i := 0; i < len(list); {
		last := i
		for last+1 < len(list) && list[last+1] == list[last]+1 {
			last++
		}
		part := strconv.Itoa(list[i])
		if last > i {
			part += ".." + strconv.Itoa(list[last])
		}
		parts = append(parts, part)
		i = last + 1
	}
	return parts
}
