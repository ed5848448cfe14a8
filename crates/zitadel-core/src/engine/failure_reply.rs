//! Failures as responses: logged with their causes, answered with a code.

use super::LoginEngine;
use crate::{
    answer::{self, Challenge, ErrorCode, ErrorPage},
    error::Failure,
    http::{Reply, RequestHead},
    telemetry::{self, Operation, Severity},
};

impl LoginEngine {
    /// An error as the client accepts it.
    pub(crate) fn error_reply(&self, head: &RequestHead, code: ErrorCode) -> Reply {
        self.render(head, code, &self.error_page(code))
    }

    /// The texts for a code.
    pub(crate) fn error_page(&self, code: ErrorCode) -> ErrorPage {
        let page = ErrorPage::new(code);
        if code == ErrorCode::CrossSite { page.with_origin(&self.config.public_origin) } else { page }
    }

    /// A failure as the client accepts it. `retry_url` is where a new attempt begins.
    pub(crate) fn failure_reply(
        &self,
        head: &RequestHead,
        operation: Operation,
        failure: &Failure,
        retry_url: String,
    ) -> Reply {
        let (code, incident) = self.log_failure(operation, failure);
        self.logged_failure_reply(head, code, incident.as_deref(), retry_url)
    }

    /// The same for a failure that was logged before, under this `incident`.
    pub(crate) fn logged_failure_reply(
        &self,
        head: &RequestHead,
        code: ErrorCode,
        incident: Option<&str>,
        retry_url: String,
    ) -> Reply {
        let page = ErrorPage::new(code).with_incident(incident.map(str::to_owned));
        self.render(head, code, &page.with_retry_url(retry_url))
    }

    /// A code as JSON, whatever the client accepts.
    pub(crate) fn json_reply(&self, code: ErrorCode) -> Reply {
        answer::json_error_reply(code, &self.error_page(code))
    }

    /// A failure as JSON, whatever the client accepts.
    pub(crate) fn json_failure_reply(&self, operation: Operation, failure: &Failure) -> Reply {
        let (code, incident) = self.log_failure(operation, failure);
        answer::json_error_reply(code, &ErrorPage::new(code).with_incident(incident))
    }

    fn render(&self, head: &RequestHead, code: ErrorCode, page: &ErrorPage) -> Reply {
        answer::error_reply(self.config.pages.render_error, head, code, page, Challenge::for_code(code).as_ref())
    }

    /// Logs a failure. Where an operator has something to look up, log record and page carry the same number, which is
    /// returned.
    pub(crate) fn log_failure(&self, operation: Operation, failure: &Failure) -> (ErrorCode, Option<String>) {
        let code = ErrorCode::from(failure);
        let status = ErrorPage::new(code).status();
        let severity = match (code, status) {
            (ErrorCode::Misconfigured, _) => Severity::Error,
            (_, 503) => Severity::Warning,
            (_, 500 | 502..) => Severity::Error,
            (_, 401 | 403 | 501) => Severity::Info,
            _ => Severity::Warning,
        };
        let incident = (status >= 500 && status != 501).then(|| self.incident());
        telemetry::operation_failed(operation, severity, code, incident.as_deref(), failure);
        (code, incident)
    }

    fn incident(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.environment.random()))
    }
}
