package sim

// Heap holds items with the first in its order at the top. Push and Pop take steps as many as the logarithm of their number;
// nothing is boxed.
type Heap[T any] struct {
	list   []T
	before func(a, b *T) bool
}

// NewHeap returns an empty heap in an order: before says whether a comes before b.
func NewHeap[T any](before func(a, b *T) bool) Heap[T] { return Heap[T]{before: before} }

// Len returns the number of items.
func (h *Heap[T]) Len() int { return len(h.list) }

// First returns the first item of a heap that is not empty.
func (h *Heap[T]) First() *T { return &h.list[0] }

// Push adds an item.
func (h *Heap[T]) Push(x T) {
	h.list = append(h.list, x)
	i := len(h.list) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !h.before(&x, &h.list[up]) {
			break
		}
		h.list[i], i = h.list[up], up
	}
	h.list[i] = x
}

// Pop removes and returns the first item of a heap that is not empty.
func (h *Heap[T]) Pop() T {
	end := len(h.list) - 1
	first, x := h.list[0], h.list[end]
	var none T
	h.list[end] = none
	h.list = h.list[:end]
	i := 0
	for {
		down := 2*i + 1
		if down >= end {
			break
		}
		if down+1 < end && h.before(&h.list[down+1], &h.list[down]) {
			down++
		}
		if !h.before(&h.list[down], &x) {
			break
		}
		h.list[i], i = h.list[down], down
	}
	if end > 0 {
		h.list[i] = x
	}
	return first
}
