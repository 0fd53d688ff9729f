// Package account adds up what the parts of a placement take: power, and what is bought.
package account
