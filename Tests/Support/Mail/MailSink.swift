internal import Foundation
internal import Synchronization

/// A real mail server (aiosmtpd) that keeps what it takes, and behaves as a test tells it.
package final class MailSink: Sendable {
    package enum Mode: String, Sendable {
        case good
        /// Answers the end of a message late.
        case slow
        /// Wants nobody now, or never.
        case recipientLater, recipientNever
        /// Takes no message now, or never.
        case messageLater, messageNever
        /// Hangs up when it is greeted.
        case busy
        /// Keeps the message and hangs up instead of saying so.
        case keepsAndDrops
        /// Hangs up in the middle of the message.
        case drops
    }

    /// One message as it came.
    package struct Message: Sendable, Decodable {
        package let sender: String
        package let recipients: [String]
        /// As Python's own parser reads it.
        package let headers: [String: String]
        package let text: String?
        package let html: String?
        package let source: String
        package let isEncrypted: Bool
        package let user: String?
    }

    package let port: Int
    private let directory: String
    private let security: String
    private let account: String
    /// Nil while it is down.
    private let server: Mutex<Server?>
    /// The certificate of its TLS, which names `localhost`.
    package var certificate: String { directory + "/cert.pem" }

    /// - Parameters:
    ///   - security: `none`, `starttls` or `tls`.
    ///   - account: who has to sign in, as `user:password`.
    package init(security: String = "none", account: String = "") throws {
        directory = "/tmp/authfcgi-sink-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        if security != "none" {
            _ = try Command(
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days",
                "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                directory + "/key.pem", "-out", directory + "/cert.pem"
            ).output()
        }
        try "good".write(toFile: directory + "/mode", atomically: true, encoding: .utf8)
        self.security = security
        self.account = account
        let started = try Server([directory, security, account, "0"])
        port = started.port
        server = Mutex(started)
    }

    deinit {
        goDown()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The process; it ends with this one.
    private struct Server: Sendable {
        private let input = Pipe()
        private let process = Process()
        let port: Int

        init(_ arguments: [String]) throws {
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            process.arguments = ["-c", MailSink.program] + arguments
            process.standardInput = input
            process.standardOutput = output
            try process.start()
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw Command.Failed(description: "the mail server did not start: \(line)")
            }
            self.port = port
        }

        func kill() {
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    /// Connections are refused until it comes back. What it took stays.
    package func goDown() {
        server.withLock { server in
            server?.kill()
            server = nil
        }
    }

    /// Listens again, on the same port.
    package func comeBack() throws {
        let started = try Server([directory, security, account, String(port)])
        server.withLock { $0 = started }
    }

    /// - Parameter delay: how many seconds late a slow one answers.
    package func behave(_ mode: Mode, delay: Double = 30) throws {
        try "\(mode.rawValue) \(delay)".write(toFile: directory + "/mode", atomically: true, encoding: .utf8)
    }

    /// Everything that it took, in the order in which it came.
    package func messages() throws -> [Message] {
        guard let data = FileManager.default.contents(atPath: directory + "/messages") else { return [] }
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Message.self, from: $0) }
    }

    /// Every command that clients sent, sign-ins left out.
    package func commands() -> [String] {
        guard let data = FileManager.default.contents(atPath: directory + "/commands") else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static let program = #"""
        import asyncio, email, email.policy, json, os, ssl, sys, threading
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

        directory, security, account, port = sys.argv[1:5]

        def mode():
            return open(directory + "/mode").read().split()[0]

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if mode() == "recipientLater": return "451 4.7.1 try again"
                if mode() == "recipientNever": return "550 5.1.1 no such mailbox"
                envelope.rcpt_tos.append(address)
                envelope.rcpt_options.extend(options)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                now = mode()
                if now == "messageLater": return "452 4.2.2 full"
                if now == "messageNever": return "554 5.7.1 not wanted"
                if now == "drops":
                    server.transport.abort()
                    return "451 gone"
                message = email.message_from_bytes(envelope.content, policy=email.policy.default)
                parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
                line = json.dumps({
                    "sender": envelope.mail_from, "recipients": envelope.rcpt_tos,
                    "headers": {name: str(value) for name, value in message.items()},
                    "text": parts.get("text/plain"), "html": parts.get("text/html"),
                    "source": envelope.content.decode("latin-1"), "isEncrypted": session.ssl is not None or security == "tls",
                    "user": session.auth_data.login.decode() if session.auth_data else None})
                with open(directory + "/messages", "a") as file: file.write(line + "\n")
                if now == "slow": await asyncio.sleep(float(open(directory + "/mode").read().split()[1]))
                if now == "keepsAndDrops":
                    server.transport.abort()
                    return "451 gone"
                return "250 kept"

        class Server(SMTP):
            def connection_made(self, transport):
                super().connection_made(transport)
                if mode() == "busy":
                    transport.write(b"421 4.3.2 busy\r\n")
                    transport.close()

            async def _call_limited(self):
                pass

            async def push(self, status):
                await super().push(status)

            async def smtp_MAIL(self, argument):
                note("MAIL " + (argument or ""))
                await super().smtp_MAIL(argument)

            async def smtp_RCPT(self, argument):
                note("RCPT " + (argument or ""))
                await super().smtp_RCPT(argument)

            async def smtp_DATA(self, argument):
                note("DATA")
                await super().smtp_DATA(argument)

        def note(command):
            with open(directory + "/commands", "a") as file: file.write(command + "\n")

        def authenticate(server, session, envelope, mechanism, data):
            if isinstance(data, LoginPassword) and data.login.decode() + ":" + data.password.decode() == account:
                return AuthResult(success=True, auth_data=data)
            return AuthResult(success=False, handled=False)

        context = None
        if security != "none":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(directory + "/cert.pem", directory + "/key.pem")
        options = {"enable_SMTPUTF8": True}
        if account: options.update(auth_required=True, authenticator=authenticate, auth_require_tls=security != "none")
        if security == "starttls": options.update(tls_context=context, require_starttls=True)

        async def main():
            loop = asyncio.get_running_loop()
            server = await loop.create_server(
                lambda: Server(Handler(), loop=loop, **options), "127.0.0.1", int(port), ssl=context if security == "tls" else None)
            print(server.sockets[0].getsockname()[1], flush=True)
            await loop.run_in_executor(None, sys.stdin.read)
            os._exit(0)

        asyncio.run(main())
        """#
}
