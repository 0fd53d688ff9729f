package table91

import (
	"math"
	"strconv"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// compromisedHost is the kind of attack with all rights on a server.
const compromisedHost = "compromised_host"

// compromised is the cell: what was attacked in runs is decided by them, the rest by the walk.
func compromised(f *Facts, _ []Facts) result.Cell {
	if f.Security.Err != "" {
		return cell(NotKnown, f.Security.Err)
	}
	value, evidence := No, []string{}
	tried := map[string]bool{}
	for i := range f.Security.Attacks {
		a := &f.Security.Attacks[i]
		if a.Kind != compromisedHost {
			continue
		}
		for k := range a.Targets {
			t := &a.Targets[k]
			tried[t.Target] = true
			if t.Outcome == result.BreachedHow {
				value = Yes
			}
			evidence = append(evidence, attacked(a, t))
		}
	}
	for _, r := range f.Security.Reach {
		switch {
		case tried[r.Resource]:
			continue
		case r.Open:
			value = Yes
			evidence = append(evidence, sentence("%s: open, by the graph: %s", r.Resource, r.How))
		default:
			evidence = append(evidence, sentence("%s: closed, by the graph: %s", r.Resource, r.How))
		}
	}
	return cell(value, evidence...)
}

// attacked tells what runs of an attack did to a target.
func attacked(a *result.Attack, t *result.AttackTarget) string {
	who := sentence("%s: %s, by the runs of attack %d on server %d", t.Target, t.Outcome, a.Number, a.Server)
	if t.Tried == 0 {
		return who + ": " + t.Why
	}
	return who + sentence(": %s of %s accesses, %s refused (%s)", count(t.Succeeded), count(t.Tried), count(t.Refused), t.Way)
}

// count writes a mean over replications.
func count(v float64) string { return strconv.FormatFloat(math.Round(10*v)/10, 'f', -1, 64) }
