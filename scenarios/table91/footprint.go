package table91

import (
	"strconv"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// footprints are the shares of a server's cores up to which the footprint has a name.
// assumed: cores are what a provider sells; docs/table-9-1.md has more
var footprints = [...]struct {
	share float64
	name  string
}{{0.01, "Minimal to nonexistent"}, {0.05, "Low"}, {0.10, "High"}}

// veryHigh is the footprint from the last of those shares on.
const veryHigh = "Very high"

// FootprintOf names what a share of a server's cores is.
func FootprintOf(share float64) string {
	for i, f := range footprints {
		if share < f.share || share == f.share && i < len(footprints)-1 {
			return f.name
		}
	}
	return veryHigh
}

// footprint is the cell.
func footprint(f *Facts, _ []Facts) result.Cell {
	v, missing := f.measured()
	if missing.Value != "" {
		return missing
	}
	cores := v["host.cores"]
	share := cores / float64(f.ServerCores)
	return f.forced(cell(FootprintOf(share), sentence("%s of the %d cores of each server carry the services (host.cores): %s",
		strconv.FormatFloat(cores, 'g', 4, 64), f.ServerCores, percent(share))))
}
