// Package stats measures what packets met: the catalogue of metrics, latency histograms, jitter and reordering for each
// flow, counters, and the confidence interval of a mean over replications.
//
// What is recorded for each packet is kept in whole numbers, wide enough not to overflow, and without allocation. So
// merging the parts of a measurement gives the same result in any order, and on any machine.
package stats
