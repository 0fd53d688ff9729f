package result

import "fmt"

// Cores is how many host cores of each server a DSN in software needs for the offered load, by arithmetic.
type Cores struct {
	// Needed is the least number with which the busiest core is busy for no more than MostBusy, and loses no more than MostLost of its
	// packets while it is taken away. Given is how many there are, Server how many the server has.
	Needed   int     `json:"needed"`
	Given    int     `json:"given"`
	Server   int     `json:"server"`
	MostBusy float64 `json:"most_busy"`
	MostLost float64 `json:"most_lost"`
	// Busiest is the busy share of the busiest core, and Lost the share of packets that it loses, with as many as are needed.
	Busiest float64 `json:"busiest"`
	Lost    float64 `json:"lost"`
}

// Enough reports whether the server has as many.
func (c *Cores) Enough() bool { return c.Needed <= c.Server }

// String returns it as a sentence without a stop.
func (c *Cores) String() string {
	noun := "cores"
	if c.Needed == 1 {
		noun = "core"
	}
	s := fmt.Sprintf("the offered load needs %d host %s of each server, by arithmetic: the busiest is busy for %.1f%% of the time (at most %.0f%%) and loses %.3f%% of its packets while it is taken away (at most %.2f%%)",
		c.Needed, noun, 100*c.Busiest, 100*c.MostBusy, 100*c.Lost, 100*c.MostLost)
	if !c.Enough() {
		return s + fmt.Sprintf("; the server has only %d", c.Server)
	}
	return s + fmt.Sprintf("; %d are given", c.Given)
}
