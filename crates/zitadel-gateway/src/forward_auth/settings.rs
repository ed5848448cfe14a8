//! `ForwardAuthSettings`: which peers are proxies that are believed.

use std::{net::IpAddr, sync::Arc};

use clap::Args;
use ipnet::IpNet;

/// The settings of forward-auth, as they were given. `Default` sets none.
#[derive(Args, Clone, Debug, Default)]
#[non_exhaustive]
pub struct ForwardAuthArgs {
    /// The reverse proxies whose description of a request is believed at `/forward-auth`: addresses and CIDR blocks, separated by
    /// commas. Any other peer gets 400 there. Name the proxies alone and not the network that clients are in: who is named here
    /// decides which request the gateway judges [default: 127.0.0.0/8,::1/128]
    #[arg(long, env = "TRUSTED_PROXIES", value_name = "CIDR,…")]
    pub trusted_proxies: Option<String>,
}

/// The settings of forward-auth, valid from then on. `Default`: proxies on this machine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ForwardAuthSettings {
    trusted_proxies: Arc<[IpNet]>,
}

/// 127.0.0.0/8 and ::1.
const LOOPBACK: [IpNet; 2] = [
    IpNet::V4(ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(127, 0, 0, 0), 8)),
    IpNet::V6(ipnet::Ipv6Net::new_assert(std::net::Ipv6Addr::LOCALHOST, 128)),
];

impl Default for ForwardAuthSettings {
    fn default() -> Self {
        Self { trusted_proxies: LOOPBACK.into() }
    }
}

impl ForwardAuthSettings {
    /// From options; an empty value counts as not set.
    ///
    /// # Errors
    ///
    /// A line that begins with the name of the variable and says what to write.
    pub fn new(args: &ForwardAuthArgs) -> Result<Self, String> {
        let Some(text) = args.trusted_proxies.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Self::default());
        };
        let blocks: Option<Arc<[_]>> = text.split(',').map(|block| parse(block.trim())).collect();
        let fix = "TRUSTED_PROXIES: must be IP addresses and CIDR blocks, separated by commas: 127.0.0.1,10.1.2.0/24";
        blocks.map(|trusted_proxies| Self { trusted_proxies }).ok_or_else(|| fix.to_owned())
    }

    /// The blocks, for a check of the configuration.
    pub fn trusted_proxies(&self) -> impl Iterator<Item = IpNet> {
        self.trusted_proxies.iter().copied()
    }

    /// An IPv4 address that arrives at an IPv6 socket counts as itself.
    pub(super) fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted_proxies.iter().any(|block| block.contains(&peer))
    }
}

/// An address is a block of one.
fn parse(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<ForwardAuthSettings, String> {
        ForwardAuthSettings::new(&ForwardAuthArgs { trusted_proxies: Some(text.to_owned()) })
    }

    fn trusts(settings: &ForwardAuthSettings, peer: &str) -> bool {
        settings.trusts(peer.parse().unwrap())
    }

    #[test]
    fn by_default_only_this_machine_is_trusted() {
        for settings in [ForwardAuthSettings::default(), settings("").unwrap(), settings("  ").unwrap()] {
            for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
                assert!(trusts(&settings, peer), "{peer}");
            }
            for peer in ["10.0.0.1", "128.0.0.1", "::2", "::", "0.0.0.0", "::ffff:10.0.0.1", "fe80::1"] {
                assert!(!trusts(&settings, peer), "{peer}");
            }
        }
    }

    #[test]
    fn named_blocks_replace_the_default() {
        let settings = settings(" 10.1.2.3 , 10.9.0.0/16,fd00::/8").unwrap();
        for peer in ["10.1.2.3", "10.9.255.1", "::ffff:10.9.0.1", "fd12::1"] {
            assert!(trusts(&settings, peer), "{peer}");
        }
        for peer in ["127.0.0.1", "10.1.2.4", "10.8.0.1", "fe80::1", "::1"] {
            assert!(!trusts(&settings, peer), "{peer}");
        }
    }

    #[test]
    fn what_is_no_address_is_an_error_that_names_the_variable() {
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0", "10.0.0.1,", ",", "10.0.0.1 10.0.0.2", "*", "10.0.0.1:80"] {
            assert!(settings(wrong).unwrap_err().starts_with("TRUSTED_PROXIES: "), "{wrong}");
        }
    }
}
