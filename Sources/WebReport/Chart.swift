// A plot and its data as one value: the picture, the table below it and the downloads cannot come to differ.
internal import Measurement
internal import Results

/// One value of a chart's table.
enum DataCell: Encodable, Equatable, Sendable {
    case number(Double)
    case text(String)
    /// Not measured: nothing is drawn, the table shows a dash.
    case absent

    init(_ value: Double?) { self = value.flatMap { $0.isFinite ? .number($0) : nil } ?? .absent }
    init(_ value: UInt64?) { self = value.map { .number(Double($0)) } ?? .absent }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let value): try container.encode(value)
        case .text(let text): try container.encode(text)
        case .absent: try container.encodeNil()
        }
    }

    var number: Double? { if case .number(let value) = self { value } else { nil } }
}

struct DataColumn: Encodable, Equatable, Sendable {
    let name: String
    /// As a metric names it: `ns`, `%`, `MB/s`; nil for text and plain numbers.
    let unit: String?

    init(_ name: String, _ unit: String? = nil) {
        self.name = name
        self.unit = unit
    }
}

struct Chart: Encodable, Sendable {
    enum Kind: String, Encodable, Sendable {
        /// A line for each series.
        case lines
        /// Points without lines.
        case points
        /// Horizontal bars side by side, a group for each row.
        case bars
        /// Horizontal bars end to end.
        case stacked
        /// A point with its interval for each row and series.
        case intervals
        /// The first column along x, every other column a row of cells, coloured by its logarithm.
        case heat
    }

    struct Axis: Encodable, Sendable {
        var title: String
        var unit: String?
        /// Logarithmic.
        var log = false
        /// Values are 1 ÷ (1 − quantile), and read as the quantile.
        var quantiles = false
        /// Where the axis ends; nil leaves it to the data.
        var range: [Double]?
    }

    /// Columns by their index.
    struct Series: Encodable, Sendable {
        let name: String
        /// Of `bars`, `stacked` and `intervals` the value; else what stands along x.
        let x: Int
        let y: Int
        var low: Int?
        var high: Int?
        /// Beyond this x too little stands behind a value to be quoted: drawn dotted.
        var until: Double?
        /// Something to hold the others against, not one of them.
        var muted = false
    }

    /// A stretch along x.
    struct Band: Encodable, Sendable {
        let from: Double
        let to: Double
        let name: String
        /// Whether it is one that is measured.
        let measured: Bool
    }

    /// Something that was done on purpose from one x to another, or at one.
    struct Mark: Encodable, Sendable {
        let from: Double
        let to: Double
        let name: String
    }

    struct Reference: Encodable, Sendable {
        let value: Double
        let name: String
    }

    /// Unique on the page, of letters, digits and hyphens.
    let id: String
    let title: String
    /// What there is to see, in words.
    let summary: String
    let kind: Kind
    let columns: [DataColumn]
    let rows: [[DataCell]]
    var x: Axis
    var y: Axis
    var series: [Series] = []
    var bands: [Band] = []
    var marks: [Mark] = []
    /// Along the axis of values.
    var reference: Reference?

    init(
        id: String, title: String, summary: String, kind: Kind, columns: [DataColumn], rows: [[DataCell]], x: Axis, y: Axis = Axis(title: ""),
        series: [Series] = [], bands: [Band] = [], marks: [Mark] = [], reference: Reference? = nil
    ) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "\(id): a row has another number of cells than there are columns")
        precondition(series.allSatisfy { max($0.x, $0.y, $0.low ?? 0, $0.high ?? 0) < columns.count }, "\(id): a series of a column that is not there")
        self.id = id
        self.title = title
        self.summary = summary
        self.kind = kind
        self.columns = columns
        self.rows = rows
        self.x = x
        self.y = y
        self.series = series
        self.bands = bands
        self.marks = marks
        self.reference = reference
    }
}

extension Metric {
    /// Value, lower and upper end of its interval.
    var cells: [DataCell] { [DataCell(value), DataCell(interval?.lower), DataCell(interval?.upper)] }
}
