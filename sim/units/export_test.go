package units

// ParseBits returns a size such as 1Mbit, 8kb or, in bytes, 125kB.
func ParseBits(s string) (Bits, error) { return parse[Bits](&bitSizes, s) }

// ParseFreq returns a frequency such as 1.22GHz.
func ParseFreq(s string) (Freq, error) { return parse[Freq](&frequencies, s) }

// ParseTemperature returns a temperature such as 35C, from 0C on.
func ParseTemperature(s string) (Temperature, error) { return parse[Temperature](&temperatures, s) }

// ParseLength returns a length such as 3m or 50cm.
func ParseLength(s string) (Length, error) { return parse[Length](&lengths, s) }
