# one hundred full segments
146000 0
146000 1
