import CSystem
import Foundation
import Testing

@testable import AuthFCGI

@Suite struct ReturnTests {
    @Test func `of a way back that could not be remembered nothing is kept open`() throws {
        var reading: Int32 = -1
        var writing: Int32 = -1
        #expect(system_pipe(&reading, &writing) == 0)
        let ends = Descriptor(adopting: reading)
        let program = try Program(settingsPath: nil).open()
        var arguments: [UnsafeMutablePointer<CChar>?] = [nil]
        let kept = [writing, -1]
        #expect(system_remember_return(program.number, &arguments, "NAME", "value", kept, 2) == -1)
        system_forget_return()
        close(writing)
        var byte: UInt8 = 0
        // The end: nobody has the other one any more.
        #expect(eventually { read(ends.number, &byte, 1) == 0 })
        withExtendedLifetime(program) {}
    }
}
