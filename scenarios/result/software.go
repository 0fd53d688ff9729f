package result

import "fmt"

// Cores is how many host cores of each server a DSN in software needs for the offered load, by arithmetic.
type Cores struct {
	// Needed is the least number with which the busiest core is busy for no more than MostBusy, or for a flow that alone takes more
	// a tenth more than that flow. Given is how many there are, Server how many the server has; Auto says that the number
	// was left to the load.
	Needed   int     `json:"needed"`
	Given    int     `json:"given"`
	Server   int     `json:"server"`
	Auto     bool    `json:"auto"`
	MostBusy float64 `json:"most_busy"`
	// Work is how many cores the packets keep busy, Busiest the busy share of the busiest core when as many as are needed share
	// it, and Flow that of a core that has the largest flow alone: one flow has one core.
	Work    float64 `json:"work"`
	Busiest float64 `json:"busiest"`
	Flow    float64 `json:"flow"`
	// Uneven says that flows are too few and too large to be spread by their hashes over any number of cores. Needed is then how many
	// would do the work if they could be.
	Uneven bool `json:"uneven"`
	// Lost is the share of packets that the busiest core then loses while it is taken away, with a ring of so many packets. Where
	// it is more than MostLost, rings of RingFor packets or CoresFor cores make it less; 0 where none do.
	Ring     int     `json:"ring"`
	Lost     float64 `json:"lost"`
	MostLost float64 `json:"most_lost"`
	RingFor  int     `json:"ring_for,omitempty"`
	CoresFor int     `json:"cores_for,omitempty"`
}

// Enough reports whether the server has as many, and they help.
func (c *Cores) Enough() bool { return c.Needed <= c.Server && !c.Uneven && c.Flow < 1 }

// String returns it as a sentence without a stop.
func (c *Cores) String() string {
	s := fmt.Sprintf("the offered load keeps %.2f host cores of each server busy and needs %s, by arithmetic", c.Work, counted(c.Needed))
	if !c.Uneven {
		s += fmt.Sprintf(": the busiest is then busy for %.1f%% of the time (at most %.0f%%)", 100*c.Busiest, 100*c.MostBusy)
	}
	switch {
	case c.Needed > c.Server:
		s += fmt.Sprintf("; the server has only %d", c.Server)
	case c.Auto:
		s += fmt.Sprintf("; cores: auto gives %d", c.Given)
	default:
		s += fmt.Sprintf("; %d are given", c.Given)
	}
	if c.Uneven {
		s += fmt.Sprintf("; flows are too few to be spread by their hashes: the busiest core is asked for %.0f%% of its time, and more cores hardly help", 100*c.Busiest)
	}
	if c.Flow > c.MostBusy {
		s += fmt.Sprintf("; one flow alone needs %.0f%% of a core, and more cores do not help that flow", 100*c.Flow)
	}
	return s + c.budget()
}

// budget says what is lost while cores are taken away.
func (c *Cores) budget() string {
	if c.Busiest >= 1 {
		return ""
	}
	s := fmt.Sprintf("; while cores are taken away, rings of %d packets lose %.3f%% (at most %.2f%%)", c.Ring, 100*c.Lost, 100*c.MostLost)
	switch {
	case c.Lost <= c.MostLost:
		return s
	case c.RingFor > 0 && c.CoresFor > 0:
		return s + fmt.Sprintf(": rings of %d (dsn.software.ring) or %s would do", c.RingFor, counted(c.CoresFor))
	case c.RingFor > 0:
		return s + fmt.Sprintf(": rings of %d (dsn.software.ring) would do", c.RingFor)
	case c.CoresFor > 0:
		return s + ": " + counted(c.CoresFor) + " would do"
	}
	return s + ": neither longer rings nor more cores would do"
}

func counted(n int) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprintf("%d cores", n)
}
