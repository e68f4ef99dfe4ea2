import Crypto
import Testing

@Suite struct SecretTests {
    private let secret = Secret("hunter2-hunter2")

    @Test func `no description shows the content`() {
        var dumped = ""
        dump(secret, to: &dumped)
        dump([secret], to: &dumped)
        let texts = ["\(secret)", String(reflecting: secret), String(describing: Optional(secret)), dumped]
        for text in texts {
            #expect(!text.contains("hunter"))
        }
        #expect("\(secret)" == "Secret(15 bytes)")
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test(arguments: ["", "hunter2-hunter", "hunter2-hunter3", "Hunter2-hunter2", "hunter2-hunter22"])
    func `another content is not equal`(text: String) {
        #expect(!secret.equals(Secret(text)))
        #expect(!Secret(text).equals(secret))
        #expect(!secret.equals(Array(text.utf8)))
    }

    @Test func `the same content is equal`() {
        #expect(secret.equals(Secret("hunter2-hunter2")))
        #expect(secret.equals(Array("hunter2-hunter2".utf8)))
        #expect(Secret("").equals(Secret([])))
    }

    @Test func `the content comes back as it was`() {
        #expect(secret.reveal() == "hunter2-hunter2")
        #expect(Secret([0, 255, 1]).copyBytes() == [0, 255, 1])
        #expect(Secret("").isEmpty)
        #expect(Secret("").copyBytes() == [])
        #expect(secret.count == 15)
    }

    @Test func `wiping leaves zeros`() {
        var bytes: [UInt8] = [1, 2, 3]
        wipe(&bytes)
        #expect(bytes == [0, 0, 0])
    }
}
