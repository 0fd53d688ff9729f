package sim

import (
	"math/big"
	"slices"

	"github.com/dsnsim/dsnsim/sim/units"
)

// This is the obvious scheduler: slices, searched anew each time, tokens as whole numbers of any size, and a step at every
// instant at which anything could happen.

type arrival struct {
	at    int64
	key   uint64
	class int
	bytes int64
}

type fate struct {
	dropped, marked bool
	start           int64
}

type naiveClass struct {
	ClassSpec
	list           []arrival
	active         bool // in its round
	blocked        bool
	blockedAt      int64
	deficit        int64
	tokens         *big.Int // bits / 10^12
	filled         int64
	waitingForTurn bool // has not had its quantum in this turn
}

type naiveScheduler struct {
	classes []*naiveClass
	rounds  [MaxLevels][]int
	size    int64
	quantum int64
	cost    func(int64) int64
	now     int64
	free    int64
	fates   map[uint64]fate
}

func newNaive(classes []ClassSpec, size, quantum int64, cost func(int64) int64) *naiveScheduler {
	n := &naiveScheduler{size: size, quantum: quantum, cost: cost, fates: map[uint64]fate{}}
	for _, c := range classes {
		full := new(big.Int).Mul(big.NewInt(int64(c.Burst)*8), big.NewInt(int64(units.Second)))
		n.classes = append(n.classes, &naiveClass{ClassSpec: c, tokens: full, waitingForTurn: true})
	}
	return n
}

func (c *naiveClass) bytes() (sum int64) {
	for _, p := range c.list {
		sum += p.bytes
	}
	return sum
}

// wants returns the tokens that the head of the class needs.
func (c *naiveClass) wants() *big.Int {
	n := min(c.list[0].bytes, int64(c.Burst)) * 8
	return new(big.Int).Mul(big.NewInt(n), big.NewInt(int64(units.Second)))
}

func (c *naiveClass) fill(now int64) {
	full := new(big.Int).Mul(big.NewInt(int64(c.Burst)*8), big.NewInt(int64(units.Second)))
	c.tokens.Add(c.tokens, new(big.Int).Mul(big.NewInt(now-c.filled), big.NewInt(int64(c.Rate))))
	if c.tokens.Cmp(full) > 0 {
		c.tokens = full
	}
	c.filled = now
}

// readyAt is when the head of the class may go, not before now.
func (c *naiveClass) readyAt(now int64) int64 {
	if c.Rate == 0 {
		return now
	}
	c.fill(now)
	short := new(big.Int).Sub(c.wants(), c.tokens)
	if short.Sign() <= 0 {
		return now
	}
	short.Add(short, big.NewInt(int64(c.Rate)-1))
	return now + short.Div(short, big.NewInt(int64(c.Rate))).Int64()
}

func (n *naiveScheduler) admits(c *naiveClass, p arrival) bool {
	if c.Room.Packets > 0 && len(c.list) >= c.Room.Packets || c.Room.Bytes > 0 && c.bytes() >= int64(c.Room.Bytes) {
		return false
	}
	free := n.size
	for _, d := range n.classes {
		free -= int64(d.Reserve) + max(0, d.bytes()-int64(d.Reserve))
	}
	shared := func(bytes int64) int64 { return max(0, bytes-int64(c.Reserve)) }
	with := shared(c.bytes() + p.bytes)
	if with == 0 {
		return true
	}
	limit := new(big.Rat).SetInt64(free)
	for range max(c.Alpha, -c.Alpha) {
		if c.Alpha > 0 {
			limit.Mul(limit, big.NewRat(2, 1))
		} else {
			limit.Mul(limit, big.NewRat(1, 2))
		}
	}
	return with-shared(c.bytes()) <= free && new(big.Rat).SetInt64(with).Cmp(limit) <= 0
}

func (n *naiveScheduler) arrive(p arrival) {
	c := n.classes[p.class]
	f := fate{dropped: !n.admits(c, p), marked: c.MarkAbove > 0 && c.bytes() > int64(c.MarkAbove)}
	if f.dropped {
		f.marked = false
	} else {
		c.list = append(c.list, p)
		if !c.active && !c.blocked {
			n.enter(p.class)
		}
	}
	n.fates[p.key] = f
}

func (n *naiveScheduler) enter(i int) {
	c := n.classes[i]
	c.active, c.blocked, c.waitingForTurn = true, false, true
	n.rounds[c.Level] = append(n.rounds[c.Level], i)
}

// wake puts back those whose tokens have come, in the order in which they came.
func (n *naiveScheduler) wake() {
	var list []int
	for i, c := range n.classes {
		if c.blocked && c.blockedAt <= n.now {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(i, j int) int { return int(n.classes[i].blockedAt - n.classes[j].blockedAt) })
	for _, i := range list {
		n.enter(i)
	}
}

func (n *naiveScheduler) pick() bool {
	for level := range n.rounds {
		for len(n.rounds[level]) > 0 {
			i := n.rounds[level][0]
			c := n.classes[i]
			if ready := c.readyAt(n.now); ready > n.now {
				n.rounds[level] = n.rounds[level][1:]
				c.active, c.blocked, c.blockedAt, c.deficit = false, true, ready, 0
				continue
			}
			if c.waitingForTurn {
				c.deficit += max(1, c.Weight) * n.quantum
				c.waitingForTurn = false
			}
			if c.deficit >= c.list[0].bytes {
				n.serve(c, level)
				return true
			}
			n.rounds[level] = append(n.rounds[level][1:], i)
			c.waitingForTurn = true
		}
	}
	return false
}

func (n *naiveScheduler) serve(c *naiveClass, level int) {
	p := c.list[0]
	c.list = c.list[1:]
	c.deficit -= p.bytes
	if c.Rate > 0 {
		c.fill(n.now)
		c.tokens = new(big.Int).Sub(c.tokens, new(big.Int).Mul(big.NewInt(p.bytes*8), big.NewInt(int64(units.Second))))
	}
	if len(c.list) == 0 {
		n.rounds[level] = n.rounds[level][1:]
		c.active, c.deficit = false, 0
	}
	f := n.fates[p.key]
	f.start = n.now
	n.fates[p.key] = f
	n.free = n.now + n.cost(p.bytes)
}

// run returns what becomes of each arrival. They are sorted by time and key.
func (n *naiveScheduler) run(list []arrival) map[uint64]fate {
	for {
		next := int64(-1)
		consider := func(t int64) {
			if t > n.now && (next < 0 || t < next) {
				next = t
			}
		}
		if len(list) > 0 {
			if list[0].at == n.now {
				next = n.now
			}
			consider(list[0].at)
		}
		consider(n.free)
		for _, c := range n.classes {
			if len(c.list) > 0 {
				consider(c.readyAt(n.now))
			}
		}
		if next < 0 {
			return n.fates
		}
		n.now = next
		n.wake()
		for len(list) > 0 && list[0].at == n.now {
			n.arrive(list[0])
			list = list[1:]
		}
		for n.free <= n.now && n.pick() {
		}
	}
}
