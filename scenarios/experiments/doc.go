// Package experiments runs many simulations for one answer: throughput (RFC 2544), connections (RFC 9411), and power against load.
package experiments
