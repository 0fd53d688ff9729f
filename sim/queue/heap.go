package queue

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
	list := h.list
	for i := len(list) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.before(&list[i], &list[up]) { // items are compared in the list: elsewhere they would be allocated
			return
		}
		list[i], list[up] = list[up], list[i]
		i = up
	}
}

// Pop removes and returns the first item of a heap that is not empty.
func (h *Heap[T]) Pop() T {
	end := len(h.list) - 1
	first := h.list[0]
	var none T
	h.list[0], h.list[end] = h.list[end], none
	h.list = h.list[:end]
	h.Fix()
	return first
}

// Fix restores the order after the first item was changed.
func (h *Heap[T]) Fix() {
	list := h.list
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(list) {
			return
		}
		if down+1 < len(list) && h.before(&list[down+1], &list[down]) {
			down++
		}
		if !h.before(&list[down], &list[i]) {
			return
		}
		list[i], list[down] = list[down], list[i]
		i = down
	}
}
