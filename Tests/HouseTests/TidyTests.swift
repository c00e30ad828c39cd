import Testing

@Suite("Tidiness")
struct TidyTests {
    @Test("Every file keeps the rule", arguments: TidyCheck.all)
    func filesAreTidy(check: TidyCheck) {
        for violation in check.violations(in: Repository.files) {
            Issue.record("\(violation)")
        }
    }

    @Test("A file that breaks the rule is found, in the right lines", arguments: TidyCheck.all)
    func offenderIsFound(check: TidyCheck) {
        let found = check.violations(in: [check.offending.file])
        #expect(found.map(\.line) == check.offending.lines)
    }

    @Test("A file that keeps the rule is left alone", arguments: TidyCheck.all)
    func tidyFileIsLeftAlone(check: TidyCheck) {
        #expect(check.violations(in: [check.tidy]) == [])
    }

    @Test("Blanking keeps code, and every line where it was")
    func blanking() {
        let source = ##"""
            let a = "x // y" // z
            let b = #"a "quoted" \#(try! c("}")) d"# /* e /* f */ g */ + h
            let i = """
                import J \(k(")"))
                """
            """##
        let lines = SwiftText(source).lines
        #expect(lines[0].hasPrefix(#"let a = "      ""#))
        #expect(!lines[0].contains("z"))
        #expect(lines[1].contains("try! c(\" \")") && lines[1].hasSuffix("+ h"))
        #expect(!lines[1].contains("quoted") && !lines[1].contains("g"))
        #expect(!lines[3].contains("import") && lines[3].contains("\\(k(\" \"))"))
        #expect(lines.map(\.utf8.count) == source.split(separator: "\n").map(\.utf8.count))
    }
}
