package firewall

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Function is a requester: the part of the PCIe requester id that tells functions of one device apart.
type Function uint16

// PF is the physical function. Internal is the DSN itself, which needs no PCIe to reach what it owns.
const (
	PF       Function = 0
	Internal Function = 1<<16 - 1
)

// VF returns virtual function n, counted from 0.
func VF(n int) Function { return Function(n + 1) }

// String returns "PF", "VF 3" or "DSN".
func (f Function) String() string {
	switch f {
	case PF:
		return "PF"
	case Internal:
		return "DSN"
	}
	return fmt.Sprintf("VF %d", f-1)
}

// Space is one of the address spaces that windows are in.
type Space uint8

// The spaces: addresses on the device that BARs map, numbers of queues that doorbells name, and addresses of the
// server's memory that a DMA goes to (IOVA).
const (
	BAR Space = iota
	Queue
	DMA
	spaces
)

// String returns the name for messages.
func (s Space) String() string { return [...]string{"BAR", "queue", "IOVA"}[s] }

// Right is what a window lets its function do. A doorbell is a write.
type Right uint8

// The rights, as bits.
const (
	Read Right = 1 << iota
	Write
)

// Window claims the addresses [From, To) of a space for a function, with rights.
type Window struct {
	Space    Space
	Function Function
	From, To uint64
	Rights   Right
}

// String returns the window for messages.
func (w Window) String() string {
	return fmt.Sprintf("%s window [%#x, %#x) of %s", w.Space, w.From, w.To, w.Function)
}

// compare orders windows by space, function and address.
func (w Window) compare(o Window) int {
	return cmp.Or(cmp.Compare(w.Space, o.Space), cmp.Compare(w.Function, o.Function), cmp.Compare(w.From, o.From))
}

// table holds windows for look-ups: flat, sorted arrays.
type table struct {
	windows []Window       // by space, function, address; those of one function do not overlap
	claimed [spaces][]span // what any window covers, merged, by address
	stale   [spaces]bool   // claimed is to be made anew
}

// span is the addresses [from, to).
type span struct{ from, to uint64 }

// ErrWindow is the reason of an error about a window that cannot be set.
var ErrWindow = errors.New("window refused")

// add inserts a window.
func (t *table) add(w Window) error {
	switch {
	case w.Space >= spaces:
		return fmt.Errorf("%w: space %d does not exist", ErrWindow, w.Space)
	case w.From >= w.To:
		return fmt.Errorf("%w: %s is empty", ErrWindow, w)
	case w.Rights == 0 || w.Rights > Read|Write:
		return fmt.Errorf("%w: %s has rights %#x, expected read, write or both", ErrWindow, w, w.Rights)
	}
	i, _ := slices.BinarySearchFunc(t.windows, w, Window.compare)
	for _, k := range []int{i - 1, i} {
		if k >= 0 && k < len(t.windows) {
			o := t.windows[k]
			if o.Space == w.Space && o.Function == w.Function && o.From < w.To && w.From < o.To {
				return fmt.Errorf("%w: %s overlaps %s", ErrWindow, w, o)
			}
		}
	}
	t.windows = slices.Insert(t.windows, i, w)
	t.stale[w.Space] = true
	return nil
}

// remove takes a window out and reports whether it was there.
func (t *table) remove(w Window) bool {
	i := slices.Index(t.windows, w)
	if i < 0 {
		return false
	}
	t.windows = slices.Delete(t.windows, i, i+1)
	t.stale[w.Space] = true
	return true
}

// claim merges what the windows of a space cover.
func (t *table) claim(s Space) {
	t.stale[s] = false
	list := t.claimed[s][:0]
	for i := range t.windows {
		if t.windows[i].Space == s {
			list = append(list, span{t.windows[i].From, t.windows[i].To})
		}
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	n := 0
	for _, s := range list {
		if n > 0 && s.from <= list[n-1].to {
			list[n-1].to = max(list[n-1].to, s.to)
			continue
		}
		list[n] = s
		n++
	}
	t.claimed[s] = list[:n]
}

// isClaimed reports whether any window covers a byte of [from, to).
func (t *table) isClaimed(s Space, from, to uint64) bool {
	if t.stale[s] {
		t.claim(s)
	}
	list := t.claimed[s]
	i, _ := slices.BinarySearchFunc(list, from, func(s span, at uint64) int {
		if s.to <= at {
			return -1
		}
		return 1
	})
	return i < len(list) && list[i].from < to
}

// next returns the first window of a function that ends behind an address, or nil.
func (t *table) next(s Space, f Function, at uint64) *Window {
	lo, hi := 0, len(t.windows)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		w := &t.windows[mid]
		before := w.Space < s || w.Space == s && (w.Function < f || w.Function == f && w.To <= at)
		if before {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(t.windows) || t.windows[lo].Space != s || t.windows[lo].Function != f {
		return nil
	}
	return &t.windows[lo]
}
