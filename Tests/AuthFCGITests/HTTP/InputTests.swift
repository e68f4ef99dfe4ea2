import Crypto
import Domain
import JSON
import Testing

@testable import AuthFCGI

@Suite struct InputTests {
    private func form(_ text: String) throws(Failure) -> Input { try .form(Array(text.utf8)) }
    private func json(_ text: String) throws(Failure) -> Input { try .json(Array(text.utf8)) }

    @Test func `a form and a JSON object are read alike`() throws {
        let same = [
            try form("name=Ada+L&password=correct+horse&remember=on"),
            try json(#"{"name":"Ada L","password":"correct horse","remember":true}"#),
        ]
        for input in same {
            #expect(input.names == ["name", "password", "remember"])
            #expect(try input.text("name") == "Ada L")
            #expect(try input.secret("password")?.reveal() == "correct horse")
            #expect(try input.flag("remember") == true)
            #expect(try input.text("absent") == nil)
            #expect(try input.secret("new_password") == nil)
            #expect(try input.flag("absent") == nil)
            #expect(!input.isNull("name"))
        }
    }

    @Test(arguments: ["1", "1.5", "true", "null", "[]", "[\"a\"]", "{\"a\":\"b\"}"])
    func `only a JSON string is text or a secret`(value: String) throws {
        let input = try json("{\"name\":\(value),\"password\":\(value)}")
        #expect(complaints { try input.text("name") } == [Complaint("name", "wrong_type")])
        #expect(complaints { try input.secret("password") } == [Complaint("password", "wrong_type")])
        #expect(complaints { try input.text("password") } == [Complaint("password", "wrong_type")])
        #expect(input.isNull("name") == (value == "null"))
    }

    @Test(arguments: ["password", "new_password", "current_password", "raw_password"])
    func `a secret is never text, and text is never a secret`(name: String) throws {
        for input in [try form("\(name)=x&a=1"), try json("{\"\(name)\":\"x\",\"a\":\"1\"}")] {
            #expect(isDefect { try input.text(name) })
            #expect(isDefect { try input.secret("a") })
            #expect(try input.secret(name)?.reveal() == "x")
        }
    }

    @Test(arguments: [
        ("on", true), ("1", true), ("true", true), ("", false), ("0", false), ("false", false), ("ON", nil),
        ("yes", nil),
        ("2", nil),
    ])
    func `a flag of a form has six spellings`(value: String, expected: Bool?) throws {
        let input = try form("f=\(value)")
        if let expected {
            #expect(try input.flag("f") == expected)
        } else {
            #expect(complaints { try input.flag("f") } == [Complaint("f", "wrong_type")])
        }
    }

    @Test(arguments: ["\"true\"", "1", "0", "null", "\"\"", "[]"])
    func `a flag of JSON is a boolean`(value: String) throws {
        let input = try json("{\"f\":\(value)}")
        #expect(complaints { try input.flag("f") } == [Complaint("f", "wrong_type")])
    }

    @Test(arguments: [
        "", "[]", "1", "\"a\"", "null", "{\"a\":1,\"a\":1}", "{\"a\":\"\\u0000\"}", "{\"\":1}", "{", "a=1",
        "{\"\(String(repeating: "n", count: 65))\":1}", "{\"a\":\"\(String(repeating: "v", count: 4097))\"}",
    ])
    func `a body that is no acceptable object is malformed`(text: String) {
        #expect(refusal { try json(text) } == .unreadable)
    }

    @Test func `an object has at most a hundred members`() throws {
        let object = { (count: Int) in "{" + (0..<count).map { "\"m\($0)\":0" }.joined(separator: ",") + "}" }
        #expect(try json(object(100)).names.count == 100)
        #expect(refusal { try json(object(101)) } == .unreadable)
    }

    @Test func `JSON refuses every unknown name`() throws {
        let input = try json(#"{"x":1,"name":"a","role":"admin"}"#)
        #expect(
            complaints { try input.only(["name"]) } == [
                Complaint("x", "unknown_field"), Complaint("role", "unknown_field"),
            ])
        #expect(throws: Never.self) { try input.only(["name", "x", "role"]) }
    }

    @Test(arguments: ["role", "is_admin", "is_superuser", "is_active", "is_verified", "tier", "id", "user_id", "sub"])
    func `a form ignores unknown names but not privileged ones`(privileged: String) throws {
        let input = try form("submit=Go&scope=openid&\(privileged)=1")
        #expect(complaints { try input.only([]) } == [Complaint(privileged, "unknown_field")])
        #expect(throws: Never.self) { try input.only([privileged]) }
        #expect(throws: Never.self) { try form("submit=Go&scope=openid").only([]) }
    }

    @Test func `a request without a body has no fields`() throws {
        #expect(Input.empty.names.isEmpty)
        #expect(try Input.empty.text("name") == nil)
    }

    private func complaints(_ body: () throws -> some Any) -> [Complaint]? {
        do {
            _ = try body()
            return nil
        } catch Failure.refused(let refusal) {
            return (refusal as? InvalidInput)?.complaints
        } catch {
            return nil
        }
    }

    private func isDefect(_ body: () throws -> some Any) -> Bool {
        do {
            _ = try body()
            return false
        } catch Failure.fault(let fault) {
            return fault.kind == .defect
        } catch {
            return false
        }
    }
}
