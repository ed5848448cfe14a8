//! A profile app on Rocket.
