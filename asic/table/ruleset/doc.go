// Package ruleset reads rules and prefixes for the lookup tables from files: ClassBench filter sets and lists of
// prefixes. Every error of the text says file:line:col, what was expected and the nearest valid thing.
package ruleset
