package run

import "github.com/dsnsim/dsnsim/scenarios/result"

// selection names the packets of one row of the report.
type selection struct {
	class, direction string
	tallies          []int
	dirs             []direction
}

// selections lists the rows of a placement: everything, then each direction, then each class. A row that would repeat
// the one above it is left out.
func selections(inputs []*input) []selection {
	all := selection{class: result.All, direction: result.All}
	byDir := [directionCount]selection{}
	used := 0
	var byClass []selection
	for class, t := range inputs {
		own := selection{class: t.Name, direction: result.All}
		var each []selection
		for _, dir := range directions(t.Traffic) {
			i := tallyIndex(class, dir)
			all.add(i, dir)
			byDir[dir].add(i, dir)
			if len(byDir[dir].dirs) == 1 && len(byDir[dir].tallies) == 1 {
				used++
			}
			own.add(i, dir)
			each = append(each, selection{t.Name, dir.String(), []int{i}, []direction{dir}})
		}
		byClass = append(byClass, own)
		if len(each) > 1 {
			byClass = append(byClass, each...)
		}
	}
	rows := []selection{all}
	for dir := range byDir {
		if used > 1 && len(byDir[dir].dirs) > 0 {
			byDir[dir].class, byDir[dir].direction = result.All, direction(dir).String()
			rows = append(rows, byDir[dir])
		}
	}
	if len(inputs) > 1 {
		rows = append(rows, byClass...)
	}
	return rows
}

func (s *selection) add(tally int, dir direction) {
	s.tallies = append(s.tallies, tally)
	for _, d := range s.dirs {
		if d == dir {
			return
		}
	}
	s.dirs = append(s.dirs, dir)
}
