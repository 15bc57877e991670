//! Cases about requests to 311 lines.

use gateway_types::vocabulary::{ServiceKind, ServiceRequestState};
use gateway_types::{ServiceRequest, ServiceRequestNumber, Spot};

use super::sample::{agency, at};
use crate::{Area, RecordStore};

fn request(number: u32, made: i64, changed: i64, latitude: i32, longitude: i32) -> ServiceRequest {
    ServiceRequest {
        number: ServiceRequestNumber::new(&number.to_string()).unwrap(),
        kind: ServiceKind::Encampment,
        state: ServiceRequestState::Open,
        requested_at: at(made),
        updated_at: at(changed),
        spot: Spot::new(latitude, longitude).unwrap(),
    }
}

fn area(south: i32, west: i32, north: i32, east: i32) -> Area {
    Area {
        south_west: Spot::new(south, west).unwrap(),
        north_east: Spot::new(north, east).unwrap(),
    }
}

const EVERYWHERE: (i32, i32, i32, i32) = (-90_000, -180_000, 90_000, 180_000);

async fn found(
    store: &dyn RecordStore,
    of: (i32, i32, i32, i32),
    since: i64,
    limit: u32,
) -> Vec<(String, String)> {
    let stored = store
        .service_requests(area(of.0, of.1, of.2, of.3), at(since), limit)
        .await
        .unwrap();
    stored
        .into_iter()
        .map(|stored| {
            (
                stored.source.to_string(),
                stored.request.number.as_str().to_owned(),
            )
        })
        .collect()
}

pub(super) async fn requests_are_found_by_place_and_time_the_newest_first(store: &dyn RecordStore) {
    let (city, county) = (agency("city-311"), agency("county-311"));
    let of_city = [
        request(1, 10, 10, 37_762, -122_465),
        request(2, 30, 30, 37_800, -122_400),
    ];
    assert_eq!(store.keep_service_requests(&city, &of_city).await.unwrap(), 2);
    let same_number = request(1, 20, 20, 37_763, -122_466);
    assert_eq!(
        store
            .keep_service_requests(&county, std::slice::from_ref(&same_number))
            .await
            .unwrap(),
        1
    );
    let pair = |source: &str, number: &str| (source.to_owned(), number.to_owned());
    assert_eq!(
        found(store, EVERYWHERE, 0, 10).await,
        [
            pair("city-311", "2"),
            pair("county-311", "1"),
            pair("city-311", "1")
        ]
    );
    // The edges are in it.
    assert_eq!(
        found(store, (37_762, -122_466, 37_763, -122_465), 0, 10).await,
        [pair("county-311", "1"), pair("city-311", "1")]
    );
    assert!(
        found(store, (37_764, -122_466, 37_799, -122_401), 0, 10)
            .await
            .is_empty()
    );
    assert_eq!(found(store, EVERYWHERE, 20, 10).await.len(), 2);
    assert_eq!(found(store, EVERYWHERE, 0, 1).await, [pair("city-311", "2")]);
    let all = store
        .service_requests(area(-90_000, -180_000, 90_000, 180_000), at(20), 10)
        .await
        .unwrap();
    assert_eq!(all[1].request, same_number);
}

pub(super) async fn the_later_word_on_a_request_stands(store: &dyn RecordStore) {
    let city = agency("city-311");
    let open = request(1, 10, 20, 37_762, -122_465);
    let closed = ServiceRequest {
        kind: ServiceKind::WelfareCheck,
        state: ServiceRequestState::Closed,
        updated_at: at(30),
        ..open.clone()
    };
    let keep = |request: ServiceRequest| {
        let city = city.clone();
        async move { store.keep_service_requests(&city, &[request]).await.unwrap() }
    };
    assert_eq!(keep(open.clone()).await, 1);
    assert_eq!(keep(open.clone()).await, 0, "nothing new");
    assert_eq!(keep(closed.clone()).await, 1);
    assert_eq!(keep(open).await, 0, "an older word changes nothing");
    let (south, west, north, east) = EVERYWHERE;
    let stored = store
        .service_requests(area(south, west, north, east), at(0), 10)
        .await
        .unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].request, closed);
}

pub(super) async fn old_requests_are_forgotten(store: &dyn RecordStore) {
    let city = agency("city-311");
    let both = [
        request(1, 10, 90, 37_762, -122_465),
        request(2, 30, 30, 37_762, -122_465),
    ];
    store.keep_service_requests(&city, &both).await.unwrap();
    assert_eq!(store.forget_service_requests(at(30)).await.unwrap(), 1);
    let left = found(store, EVERYWHERE, 0, 10).await;
    assert_eq!(left, [("city-311".to_owned(), "2".to_owned())]);
    assert_eq!(store.forget_service_requests(at(30)).await.unwrap(), 0);
}
