//! Memory that wrong access tokens take, counted by the allocator: a program of its own, so that nothing else allocates.

use peak_alloc::PeakAlloc;
use zitadel_core::{
    Config, ErrorCode, RequestHead, Requirement, Timestamp, Zitadel,
    environment::{BoxFuture, Clock, Transport, TransportError},
};
use zitadel_emulator::{AccessTokenType, Emulator};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const BAD_TOKENS: usize = 100_000;
const LIMIT: usize = 1024 * 1024;

struct InProcess(Emulator);

impl Transport for InProcess {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async { self.0.respond(request).await.map_err(|_| TransportError::Broken) })
    }
}

struct Stopped(Timestamp);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The code with which a token is refused; `None` if it is accepted.
fn refusal(runtime: &tokio::runtime::Runtime, zitadel: &Zitadel, token: &str) -> Option<ErrorCode> {
    let mut head = RequestHead::new("GET", "/api");
    head.header("authorization", format!("Bearer {token}").as_bytes());
    let authentication = runtime.block_on(zitadel.authenticate(head));
    authentication.authorize(&Requirement::user()).err().map(|denied| denied.code())
}

#[test]
fn a_hundred_thousand_bad_tokens_take_at_most_a_mebibyte_and_one_call_to_the_provider() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let emulator = Emulator::builder().issuer("https://zitadel.example").build();
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let config = Config::from_vars(emulator.env_for("http://localhost:3000")).unwrap();
    let builder = Zitadel::builder(config).transport(InProcess(emulator.clone()));
    let zitadel = builder.clock(Stopped(Timestamp::from_unix(emulator.unix_now()))).build().unwrap();
    let token = emulator.access_token_for("alice");
    assert_eq!(refusal(&runtime, &zitadel, &token), None);

    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let bad = |number: usize| match number % 4 {
        // A wrong signature of a known key, over other claims each time.
        0 | 1 => format!("{header}.{number:08x}{payload}.{signature}"),
        // No JWT: the parts are not base64url, or the header is no JSON.
        2 => format!("{header}.!{number}.{signature}"),
        _ => format!("e{number}.{payload}.{signature}"),
    };
    emulator.clear_requests();
    assert_eq!(refusal(&runtime, &zitadel, &bad(0)), Some(ErrorCode::InvalidToken));
    let before = MEMORY.current_usage();
    let mut most = 0;
    for number in 1..=BAD_TOKENS {
        let code = refusal(&runtime, &zitadel, &bad(number));
        assert!(matches!(code, Some(ErrorCode::InvalidToken | ErrorCode::MalformedToken)), "{number}: {code:?}");
        most = most.max(MEMORY.current_usage());
    }
    assert!(most > before, "nothing was counted");
    assert!(most <= before + LIMIT, "{} bytes more", most - before);
    // Newer keys, once for all signatures that the known ones do not verify: the clock stands still.
    assert!(emulator.requests().len() <= 1, "{:?}", emulator.requests());
    assert_eq!(refusal(&runtime, &zitadel, &token), None);
}
