"""Whether what a model sees and says is still like what it learnt from: distances, evidence over time, and culprits."""
