// Stored results side by side: whether they may be compared, and what then can be said; imports no engine code.
//
// `Comparand` is what is known of one result's experiment and machine, `RefusalLadder` judges two of them, `Explanation`
// says why in words. `Figures` holds a result's figures and what they are relative to the machine's own limits, `Pivot`
// arranges the figures of any number of results in rows and columns. `ResultComparison` puts it all together.
