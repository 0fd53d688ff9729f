package scenarios

import (
	"slices"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// checkExpect parses the expectations, once the traffic classes are known.
func (s *Scenario) checkExpect(n *strict.Node) {
	items := n.At("expect").Items()
	if !n.Has("expect") || len(items) != len(s.Expect) || len(s.Traffic) > strict.MaxList || n.At("expect").TooLong() {
		return
	}
	names := s.operandNames()
	for i, item := range items {
		if item.Kind() != strict.Scalar {
			continue
		}
		if err := s.Expect[i].Parse(names); err != nil {
			item.Errorf("%v", err)
		}
	}
}

// operandNames are what an expectation or a precision may name.
func (s *Scenario) operandNames() expect.Names {
	return expect.Names{Placements: KnownPlacements(), Classes: s.classNames()}
}

// LeaveOut marks the expectations of a file that are about placements which the command line left out. One that came on the command
// line itself is asked all the same.
func (s *Scenario) LeaveOut(list []result.Expectation) {
	for i := range s.Expect {
		for _, o := range []expect.Operand{s.Expect[i].Left, s.Expect[i].Right} {
			if list[i].Verdict == expect.Undecided && s.Expect[i].Line > 0 && slices.Contains(s.LeftOut, o.Placement) {
				list[i].LeftOut, list[i].Why = true, o.Placement+" is left out by --placement"
			}
		}
	}
}
