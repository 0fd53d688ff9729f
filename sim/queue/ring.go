package queue

// Ring is a queue, first in, first out, that keeps its memory and grows as needed. The zero value is empty.
type Ring[T any] struct {
	slots   []T // as many as a power of two
	head, n int
}

// Len returns the number of items.
func (r *Ring[T]) Len() int { return r.n }

// Front returns the first item of a queue that is not empty.
func (r *Ring[T]) Front() *T { return &r.slots[r.head] }

// Push adds an item behind the others.
func (r *Ring[T]) Push(x T) {
	if r.n == len(r.slots) {
		grown := make([]T, max(16, 2*len(r.slots)))
		copy(grown[copy(grown, r.slots[r.head:]):], r.slots[:r.head])
		r.slots, r.head = grown, 0
	}
	r.slots[(r.head+r.n)&(len(r.slots)-1)] = x
	r.n++
}

// Pop removes and returns the first item of a queue that is not empty.
func (r *Ring[T]) Pop() T {
	x := r.slots[r.head]
	r.head = (r.head + 1) & (len(r.slots) - 1)
	r.n--
	return x
}
