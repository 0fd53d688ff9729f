package traffic

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/sim/units"
)

// FlowSizes is a distribution of how many bytes of frames, FCS included, a flow carries.
type FlowSizes struct {
	points []sizePoint // piecewise linear between them; nil for an exponential distribution of the mean
	mean   float64
}

// sizePoint says that a share of the flows carries at most a number of bytes.
type sizePoint struct{ bytes, share float64 }

// Exponential is the distribution of flows that end with the same probability after each byte.
func Exponential(mean units.Bytes) *FlowSizes { return &FlowSizes{mean: float64(mean)} }

// FixedFlows is the distribution of flows that all carry the same; size is at least 1 byte.
func FixedFlows(size units.Bytes) *FlowSizes {
	return newFlowSizes([]sizePoint{{float64(size), 0}, {float64(size), 1}})
}

// NamedFlowSizes lists the distributions that come with the program.
func NamedFlowSizes() []string { return []string{"websearch", "hadoop", "datamining"} }

// FlowSizesOf returns one of them, or false.
//
//   - websearch: a cluster that answers searches. source: Alizadeh et al., "Data Center TCP (DCTCP)", SIGCOMM 2010, as
//     published with HPCC (SIGCOMM 2019), 12 points, mean 1.7 MB
//   - hadoop: Facebook's Hadoop cluster. source: Roy et al., "Inside the Social Network's (Datacenter) Network", SIGCOMM 2015,
//     the 20 points published with HPCC, mean 120 kB; other tables of the same name have other means
//   - datamining: source: Greenberg et al., "VL2", SIGCOMM 2009, 13 points as in the traffic generator of Bai et al., mean 12.7 MB
func FlowSizesOf(name string) (*FlowSizes, bool) {
	tables := map[string][]sizePoint{
		"websearch": {{0, 0}, {10e3, .15}, {20e3, .2}, {30e3, .3}, {50e3, .4}, {80e3, .53}, {200e3, .6}, {1e6, .7}, {2e6, .8}, {5e6, .9},
			{10e6, .97}, {30e6, 1}},
		"hadoop": {{0, 0}, {100, .01}, {200, .02}, {300, .05}, {350, .15}, {400, .2}, {500, .3}, {600, .4}, {700, .5}, {1e3, .6}, {2e3, .67},
			{7e3, .7}, {30e3, .72}, {50e3, .82}, {80e3, .87}, {120e3, .9}, {300e3, .95}, {1e6, .975}, {2e6, .99}, {10e6, 1}},
		"datamining": {{0, 0}, {180, .1}, {216, .2}, {560, .3}, {900, .4}, {1100, .5}, {1870, .6}, {3160, .7}, {10e3, .8}, {400e3, .9},
			{3160e3, .95}, {100e6, .98}, {1e9, 1}},
	}
	points, ok := tables[name]
	if !ok {
		return nil, false
	}
	return newFlowSizes(points), true
}

func newFlowSizes(points []sizePoint) *FlowSizes {
	s := &FlowSizes{points: points}
	for i := 1; i < len(points); i++ {
		s.mean += (points[i].share - points[i-1].share) * (points[i].bytes + points[i-1].bytes) / 2
	}
	return s
}

// Mean returns the mean number of bytes.
func (s *FlowSizes) Mean() float64 { return s.mean }

// Scaled returns the distribution with all sizes in proportion, so that the mean is another.
func (s *FlowSizes) Scaled(mean units.Bytes) *FlowSizes {
	t := &FlowSizes{mean: float64(mean)}
	for _, p := range s.points {
		t.points = append(t.points, sizePoint{p.bytes * t.mean / s.mean, p.share})
	}
	return t
}

// Quantile returns the size, in bytes, that a share u of the flows does not exceed, 0 <= u < 1; at least 1.
func (s *FlowSizes) Quantile(u float64) float64 { return s.quantile(u) }

// quantile returns the size that a share u of the flows does not exceed, 0 <= u < 1; at least 1 byte.
func (s *FlowSizes) quantile(u float64) float64 {
	if s.points == nil {
		return max(1, -math.Log1p(-u)*s.mean)
	}
	i := max(1, sort.Search(len(s.points), func(i int) bool { return s.points[i].share > u }))
	a, b := s.points[i-1], s.points[min(i, len(s.points)-1)]
	if b.share <= a.share {
		return max(1, b.bytes)
	}
	within := float64((u - a.share) / (b.share - a.share))
	return max(1, a.bytes+float64(within*(b.bytes-a.bytes)))
}

// draw draws a size.
func (s *FlowSizes) draw(rng *rand.PCG) float64 { return s.quantile(unit(rng.Uint64())) }

// unit turns random bits into a number from 0 up to but not 1.
func unit(random uint64) float64 { return float64(random>>11) / (1 << 53) }

// MaxFlowPoints bounds the lines of a file of flow sizes. Assumed: published ones have fewer than a thousand.
const MaxFlowPoints = 100_000

// ReadFlowSizes reads a distribution from lines of two numbers: a size in bytes, and the share of flows that carry at most as
// much, as a fraction or in percent; sizes and shares rise, and the last share is 1 or 100. Empty lines, what follows a #, and
// a first line of one number (the mean, as some publish it) are passed over. An error names file and line.
func ReadFlowSizes(file string, r io.Reader) (*FlowSizes, error) {
	var points []sizePoint
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 || len(fields) == 1 && len(points) == 0 && number(fields[0]) > 0 {
			continue
		}
		if len(fields) != 2 || !(number(fields[0]) >= 0) || !(number(fields[1]) >= 0) {
			return nil, fmt.Errorf("%s:%d: expected a size in bytes and a share, such as 10000 0.15, got %.8q", file, n, lines.Text())
		}
		p := sizePoint{number(fields[0]), number(fields[1])}
		if last := len(points) - 1; last >= 0 && (p.bytes < points[last].bytes || p.share < points[last].share) {
			return nil, fmt.Errorf("%s:%d: sizes and shares must rise from line to line", file, n)
		}
		if points = append(points, p); len(points) > MaxFlowPoints {
			return nil, fmt.Errorf("%s:%d: expected at most %d points", file, n, MaxFlowPoints)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s:%d: a line of more than %d bytes", file, n+1, bufio.MaxScanTokenSize)
	} else if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", file, n+1, err)
	}
	return finished(file, n, points)
}

// finished checks the end of a list of points and makes shares of percents.
func finished(file string, n int, points []sizePoint) (*FlowSizes, error) {
	if len(points) == 0 {
		return nil, fmt.Errorf("%s:%d: expected lines of a size and a share, found none", file, max(1, n))
	}
	whole := points[len(points)-1].share
	if whole != 1 && whole != 100 {
		return nil, fmt.Errorf("%s:%d: expected the last share to be 1 or 100, got %v", file, n, whole)
	}
	for i := range points {
		points[i].share /= whole
	}
	if points[0].share > 0 {
		points = append([]sizePoint{{points[0].bytes, 0}}, points...)
	}
	if s := newFlowSizes(points); s.mean >= 1 && s.mean <= 1e15 {
		return s, nil
	}
	return nil, fmt.Errorf("%s:%d: expected a mean from 1 B to 1 PB", file, n)
}

// number returns the number that a text is, NaN for one that is none or not finite.
func number(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// pick draws an index with the odds of cumulative weights.
func pick(cumulative []float64, random uint64) int {
	u := unit(random) * cumulative[len(cumulative)-1]
	return sort.SearchFloat64s(cumulative, u)
}
