package reports

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// sectionedReport has sections that no part of the simulator has: formats must print any.
func sectionedReport() *result.Report {
	r := only(quickReport(), "software", "nic", "tor")
	for i := range r.Results {
		res := &r.Results[i]
		res.Stations, res.CI95 = nil, nil
		if res.Class != result.All || res.Direction != result.All || res.Placement == "software" {
			continue
		}
		res.Sections = []result.Section{orchard(res.Placement), bill(res.Placement)}
		res.Metrics["cost.per_server"] = 3256.5
	}
	return r
}

// orchard has several columns, of which people see some, and rows that are alike.
func orchard(placement string) result.Section {
	s := result.Section{Name: "orchard", Title: "Fruit by tree", BriefBy: "kind", Legend: "Ripe: by colour.", Items: []result.Item{{Term: "worm", Text: "in one apple", Bad: true}},
		Columns: []result.Column{{Key: "tree"}, {Key: "kind"}, {Key: "fruit", Head: "fruit", Unit: "fruit", Decimals: 1, Join: result.Total},
			{Key: "ripe", Head: "ripe", Unit: "ratio", Decimals: 1, Join: result.Level}, {Key: "largest_bytes", Head: "largest", Unit: "B", Decimals: 1, Join: result.Most},
			{Key: "wait_ns", Head: "waits", Unit: "ns", Decimals: 3, Join: result.PerOther, Per: "fruit"}, {Key: "owner", Head: "owner"}, {Key: "gold", Head: "gold"}}}
	s.Rows = []result.Row{
		{Label: "1 apple", Values: []any{"1", "apple", 1000.0, 0.5, int64(1500), 100.0, "the farmer", nil}},
		{Label: "2 apple", Values: []any{"2", "apple", 3000.0, 0.25, int64(90_000), 300.0, "the farmer", nil}},
		{Label: "3 pear", Values: []any{"3", "pear", 4000.0, 0.0, int64(3000), 9000.0, "her sister", true}},
	}
	if placement == "tor" {
		s.Rows = s.Rows[2:]
	}
	return s
}

// bill has one column, facts, and a unit of its own.
func bill(placement string) result.Section {
	s := result.Section{Name: "bill", Title: "What it costs", Units: map[string]string{"currency": "EUR"},
		Columns: []result.Column{{Key: "item"}, {Key: "amount", Head: "amount", Unit: "currency", Fixed: true}},
		Rows:    []result.Row{{Label: "ladder", Rank: 2, Values: []any{"ladder", 80.0}}, {Label: "work", Rank: 4, Values: []any{"work", 2137.5}}},
		Facts:   []result.Fact{{Key: "list", Value: "mine"}, {Key: "items", Value: result.RowsHere{}}, {Key: "total", Label: "all", Value: 2217.5}}}
	if placement == "tor" {
		s.Rows[0] = result.Row{Label: "basket", Rank: 1, Values: []any{"basket", 8.0}}
	}
	return s
}

// What is not finite is refused in every format, and so is nothing else.
func TestSectionsAreChecked(t *testing.T) {
	for _, format := range Names() {
		require.NoError(t, Write(&strings.Builder{}, format, sectionedReport(), Options{}))
	}
	bad := sectionedReport()
	for i := range bad.Results {
		if s := bad.Results[i].Section("bill"); s != nil {
			s.Rows[1].Values[1] = math.NaN()
		}
	}
	require.ErrorContains(t, Write(&strings.Builder{}, "json", bad, Options{}), ".Sections[1].Rows[1].Values[1] is not a finite number")
	assert.NotContains(t, render(t, "table", quickReport(), Options{}), "Fruit by tree")
	assert.Contains(t, render(t, "table", sectionedReport(), Options{}), "cost per server, EUR")
}
