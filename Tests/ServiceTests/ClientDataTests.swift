import HTTPTypes
import Hummingbird
import NIOCore
import Sequencing
import Testing

@testable import Service

@Suite struct ClientDataTests {
    private func data(_ path: String, _ headers: [(String, String)] = []) throws -> ClientData? {
        var head = HTTPRequest(method: .get, scheme: nil, authority: "x", path: path)
        for (name, value) in headers { head.headerFields[try #require(HTTPField.Name(name))] = value }
        return ClientData(Request(head: head, body: RequestBody(buffer: ByteBuffer())))
    }

    @Test func headersAndQuerySayTheSame() throws {
        let query = try data("/v1/m/a.0@0.m4s?a=b&CMCD=br%3D1500%2Cbl%3D2100%2Cbs%2Cmtp%3D3000%2Csid%3D%22r-1%22%2Csu")
        let headers = try data(
            "/v1/m/a.0@0.m4s",
            [
                ("CMCD-Request", "bl=2100, mtp=3000,su"), ("CMCD-Object", "br=1500"), ("CMCD-Status", "bs"),
                ("CMCD-Session", "sid=\"r-1\""),
            ])
        #expect(query != nil && query == headers)
        let line = String(decoding: try #require(query).line(of: "a.0@0", at: .init(milliseconds: 0)), as: UTF8.self)
        #expect(
            line == #"{"v":1,"type":"cmcd","ts":"1970-01-01T00:00:00Z","sid":"r-1","object":"a.0@0","#
                + #""br":1500,"bl":2100,"mtp":3000,"bs":1,"su":1}"# + "\n")
    }

    @Test func commasInNamesSplitNothing() throws {
        let data = try #require(try data("/v1/m/a.0@0.m4s", [("CMCD-Session", "cid=\"x,bs,su\",sid=\"r\"")]))
        #expect(!data.isStarved && !data.isStartup && data.session == "r" && data.content == nil)
    }

    @Test func nothingSaidIsNothing() throws {
        #expect(try data("/v1/m/a.0@0.m4s") == nil)
        #expect(try data("/v1/m/a.0@0.m4s?cmcd=bs&other=CMCD") == nil)
    }

    @Test func whatIsMalformedIsLeftOut() throws {
        let text =
            "CMCD=br%3D-5%2Cbl%3D1e9%2Cmtp%3D99999999%2Csid%3D%22a%0Ab%22%2Ccid%3D%22%22%2Cbs%3Dfalse%2C%2C%3D%2Cx"
        let data = try #require(try data("/v1/m/a.0@0.m4s?" + text))
        #expect(data.bitrate == nil && data.bufferLength == nil && data.throughput == nil)
        #expect(data.session == nil && data.content == nil && !data.isStarved && !data.isStartup)
    }
}
