// Package queues is the part for classes of traffic: what traffic managers and virtual functions queued.
package queues
