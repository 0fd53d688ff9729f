package trial

import (
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Selection names the packets of one row of the report.
type Selection struct {
	Class, Direction string
	Indices          []int
	Dirs             []input.Direction
}

// Selections lists the rows of a placement: everything, then each direction, then each class. A row that would repeat
// the one above it is left out.
func Selections(inputs []*input.Input) []Selection {
	all := Selection{Class: result.All, Direction: result.All}
	byDir := [input.DirectionCount]Selection{}
	used := 0
	var byClass []Selection
	for class, t := range inputs {
		own := Selection{Class: t.Name, Direction: result.All}
		var each []Selection
		for _, dir := range input.Directions(t.Traffic) {
			i := CountersIndex(class, dir)
			all.add(i, dir)
			byDir[dir].add(i, dir)
			if len(byDir[dir].Dirs) == 1 && len(byDir[dir].Indices) == 1 {
				used++
			}
			own.add(i, dir)
			each = append(each, Selection{t.Name, dir.String(), []int{i}, []input.Direction{dir}})
		}
		byClass = append(byClass, own)
		if len(each) > 1 {
			byClass = append(byClass, each...)
		}
	}
	rows := []Selection{all}
	for dir := range byDir {
		if used > 1 && len(byDir[dir].Dirs) > 0 {
			byDir[dir].Class, byDir[dir].Direction = result.All, input.Direction(dir).String()
			rows = append(rows, byDir[dir])
		}
	}
	if len(inputs) > 1 {
		rows = append(rows, byClass...)
	}
	return rows
}

func (s *Selection) add(counters int, dir input.Direction) {
	s.Indices = append(s.Indices, counters)
	for _, d := range s.Dirs {
		if d == dir {
			return
		}
	}
	s.Dirs = append(s.Dirs, dir)
}
