// Pages lead where they say, and speak of everything that they are about.
import Foundation
import Testing

@Suite struct PageTests {
    @Test func `a link to no file, or to no heading, is caught`() {
        let page = RepositoryFile(path: "Docs/a.md", text: "# One two\n[x](#one-two) [y](b.md#there-it-is) [z](../c) [w](https://example.org/q#r) [v](#gone) [u](b.md#no) [t](d.md)\n")
        let files = ["Docs/b.md": "## There, it is!\n", "c": ""]
        #expect(PageCheck.deadLinks(page) { files[$0] } == [
            "Docs/a.md links to #gone, and Docs/a.md has no such heading", "Docs/a.md links to b.md#no, and Docs/b.md has no such heading",
            "Docs/a.md links to d.md, which is no file",
        ])
    }

    @Test func `a key that a page is silent about is caught`() throws {
        let schema = #"{"properties": {"rate": {}, "topic": {"oneOf": [{"properties": {"count": {}, "name": {"type": "string"}}}]}}}"#
        let page = RepositoryFile(path: "a.md", text: "`topic: {count: 3}` and\n```yaml\nrate: 5\n```\nwith a name.\n")
        #expect(try PageCheck.unnamedKeys(ofSchema: schema, page) == ["a.md does not say what ‘name’ is"])
    }

    @Test func `every link of every page leads somewhere`() throws {
        let pages = [RepositoryFile(path: "README.md", text: try Repository.read("README.md"))]
            + ["Sources", "Tests", "Profiles", "Results", "Scripts"].flatMap { Repository.files(under: $0, suffixes: [".md"]) }
        #expect(pages.count > 10)
        let dead = pages.flatMap { page in
            PageCheck.deadLinks(page) { path in
                (try? Repository.read(path)) ?? (FileManager.default.fileExists(atPath: Repository.root.appending(path: path).path) ? "" : nil)
            }
        }
        #expect(dead == [])
    }

    @Test func `the page of profiles names every key and links every shipped profile`() throws {
        let page = RepositoryFile(path: "Profiles/README.md", text: try Repository.read("Profiles/README.md"))
        #expect(try PageCheck.unnamedKeys(ofSchema: try Repository.read("Results/schema/profile.schema.json"), page) == [])
        let profiles = try Repository.entries(of: "Profiles").filter { $0.hasSuffix(".yaml") }
        #expect(profiles.filter { !page.text.contains("](\($0))") } == [])
    }
}
