// Figures of any number of results in rows and columns: the value that every output is made from.
package import Results

package struct PivotTable: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        /// As measured; ratios to the first column.
        case absolute
        /// As measured, of different machines: no ratios but those of the machines themselves.
        case absoluteAcrossMachines
        /// Relative to each machine's own limits.
        case normalised
    }

    package let kind: Kind
    /// Empty where one table holds everything, else the figure it is about.
    package let title: String
    package let rowAxis: String
    package let columnAxis: String
    package let columns: [String]
    package var rows: [PivotRow]
    package var means: [PivotMean]
}

package struct PivotRow: Codable, Equatable, Sendable {
    package let group: ResultFigure.Group
    package let key: String
    package let label: String
    package let unit: String
    package let polarity: Metric.Polarity
    /// One a column; nil where no result stands there.
    package var cells: [PivotCell?]
}

package struct PivotCell: Codable, Equatable, Sendable {
    package enum Mark: String, Codable, Sendable { case better, worse }

    /// Median over the results of the cell; nil where none of them has the figure.
    package let value: Double?
    /// Of one result its own interval; of two to five their range, for relative figures with their own intervals; from six on a
    /// 95 % interval of the median.
    package let lower: Double?
    package let upper: Double?
    /// How many results stand behind the value.
    package let results: Int
    /// ÷ the first column; nil there, and where no ratio may be drawn.
    package var ratio: Double?
    /// − the first column, in points of a percentage; only where a ratio would mean nothing.
    package var points: Double?
    /// Only where both medians stand on six results and more, and their intervals lie apart.
    package var mark: Mark?
    /// Why there is no value or no ratio, or what the value was divided by.
    package let remark: String?
}

/// Geometric mean of the ratios of one group, where it is allowed.
package struct PivotMean: Codable, Equatable, Sendable {
    package let group: ResultFigure.Group
    package let polarity: Metric.Polarity
    /// One a column; nil for the first, and where a ratio of the group is missing: a mean over what is left would
    /// be one over what happened to go well.
    package let ratios: [Double?]
    package let rows: Int
}
