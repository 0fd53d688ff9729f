package result

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// orchard is what one of two replications tells: fruit by tree.
func orchard(apples, pears, ripe float64, largest int64) []Section {
	return []Section{{Name: "orchard", BriefBy: "kind", Columns: []Column{{Key: "tree"}, {Key: "kind", Head: "kind"}, {Key: "fruit", Head: "fruit", Join: Total},
		{Key: "ripe", Head: "ripe", Join: Level}, {Key: "largest", Join: Most}, {Key: "mean_g", Join: PerOther, Per: "fruit"}, {Join: Level}},
		Rows: []Row{
			{Label: "1 apple", Values: []any{"1", "apple", apples, ripe, largest, 100 * apples, 7.0}},
			{Label: "2 apple", Values: []any{"2", "apple", 2 * apples, ripe / 2, largest / 2, 100 * apples, 7.0}},
			{Label: "3 pear", Values: []any{"3", "pear", pears, 0.0, int64(0), 0.0, 0.0}},
		}}}
}

// Replications are joined by column: the first of what is the same, the mean, the largest, and a mean over what is counted. What is always
// 0 is left out; so is it in JSON, where a column without a key is missing.
func TestReplicationsAreJoinedByColumn(t *testing.T) {
	list := JoinSections([][]Section{orchard(10, 0, 0.2, 50), orchard(30, 0, 0.6, 40)})
	require.Len(t, list, 1)
	s := &list[0]
	require.Len(t, s.Rows, 2)
	assert.Equal(t, []any{"1", "apple", 20.0, 0.4, int64(50), 100.0, 7.0}, s.Rows[0].Values)
	assert.Equal(t, []any{"2", "apple", 40.0, 0.2, int64(25), 50.0, 7.0}, s.Rows[1].Values)
	text, err := json.Marshal(Result{Placement: "<p>", Sections: list})
	require.NoError(t, err)
	assert.Contains(t, string(text), `"orchard":[{"tree":"1","kind":"apple","fruit":20,"ripe":0.4,"largest":50,"mean_g":100},{"tree":"2"`)
	assert.Len(t, JoinSections([][]Section{orchard(10, 1, 0, 0)})[0].Rows, 3)
}

// Rows that are alike become one by the same rule: totals add up, a level is the largest, a mean is over all that is counted.
func TestRowsThatAreAlikeAreOneInBrief(t *testing.T) {
	s := JoinSections([][]Section{orchard(10, 5, 0.2, 50)})[0]
	brief := s.Brief()
	require.Len(t, brief, 2)
	assert.Equal(t, Row{Label: "apple", Values: []any{"1", "apple", 30.0, 0.2, 50.0, (100*10 + 50*20) / 30.0, 7.0}}, brief[0])
	assert.Equal(t, "pear", brief[1].Label)
	assert.InDelta(t, 40, s.Of("2 apple", "fruit")+2*s.Number(0, "fruit"), 0)
}

// A heading stays where it is, in no sum and not in JSON.
func TestHeadingsStay(t *testing.T) {
	list := orchard(10, 5, 0.2, 50)
	list[0].Rows = append([]Row{{Label: "trees"}}, list[0].Rows...)
	s := JoinSections([][]Section{list, list})[0]
	require.Len(t, s.Rows, 4)
	assert.Nil(t, s.Rows[0].Values)
	assert.Len(t, s.Brief(), 2)
	assert.Zero(t, s.Number(0, "fruit"))
	text, err := s.MarshalJSON()
	require.NoError(t, err)
	assert.NotContains(t, string(text), "trees")
}

// With facts a section is an object, the rows where one of them says.
func TestFactsMakeAnObject(t *testing.T) {
	s := Section{Name: "bill", Columns: []Column{{Key: "item"}, {Key: "amount", Head: "amount"}}, Rows: []Row{{Label: "tree", Values: []any{"tree <1>", 2.5}}},
		Facts: []Fact{{Key: "list", Value: "mine"}, {Key: "items", Value: RowsHere{}}, {Key: "total", Label: "all", Value: 2.5, Join: Level}, {Label: "half", Value: 1.25, Join: Level}}}
	other := s
	other.Facts = append([]Fact(nil), s.Facts...)
	other.Facts[2].Value = 3.5
	joined := JoinSections([][]Section{{s}, {other}})
	assert.InDelta(t, 3.0, joined[0].Fact("total"), 0)
	text, err := joined[0].MarshalJSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"list":"mine","items":[{"item":"tree <1>","amount":2.5}],"total":3}`, string(text))
	assert.Panics(t, func() { s.Column("colour") })
}
