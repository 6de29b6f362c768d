// Every maximum of the house, named in one place. Reaching one is told, never silent.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lintel::limits {

// Places
inline constexpr unsigned doors_max = 16;
inline constexpr unsigned aux_max = 32;

// People
inline constexpr std::size_t users_max = 100'000;
inline constexpr std::size_t cards_max = 200'000;
inline constexpr std::size_t privileges_max = 400'000;
inline constexpr std::size_t timezones_max = 255;
inline constexpr std::size_t holidays_max = 1'000;
inline constexpr std::size_t password_digits_max = 8;

// Rules
inline constexpr std::size_t rule_rows_max = 10'000;  // of each table of rules
inline constexpr std::size_t passage_room = 4'096;    // passages noted between two minutes
inline constexpr unsigned wrong_entries_max = 5;  // then the reader, or the person, is locked out

// What is kept of people for readers with a sensor
inline constexpr std::size_t fingerprints_max = 100'000;       // templatev10
inline constexpr std::size_t fingers_max = 10;                 // of one person
inline constexpr std::size_t templates_of_type_max = 100'000;  // biodata, of each type
inline constexpr std::size_t photos_of_type_max = 20'000;      // biophoto, of each type
inline constexpr std::size_t user_photos_max = 20'000;         // userpic

// Readers
inline constexpr std::size_t frame_bits_max = 128;
inline constexpr std::size_t keypad_digits_max = 24;  // a user ID or a password, before #

// The conversation with a server (push)
inline constexpr std::size_t reply_bytes_max = 8u << 20;  // an HTTP reply; larger ones are refused
inline constexpr std::size_t command_bytes_max = 4u << 20;  // one command: -106 beyond
inline constexpr std::size_t commands_per_reply_max = 10'000;
inline constexpr std::size_t records_per_command_max = 10'000;
inline constexpr std::size_t command_id_bytes_max = 64;    // one with a longer id is passed over
inline constexpr std::size_t command_name_bytes_max = 64;  // of a table, a field, an option
inline constexpr int header_fields_max = 100;              // of a reply, and of its trailers
inline constexpr std::size_t chunk_line_bytes_max = 1024;
inline constexpr std::size_t config_entries_max = 500;  // of one configuration block
// RegistryCode and SessionID: the text says 32; servers with longer ones exist.
inline constexpr std::size_t server_code_bytes_max = 256;
inline constexpr std::size_t trans_times_max = 10;
inline constexpr unsigned security_level_max = 4;       // SvrNSLevel
inline constexpr std::size_t qr_key_bytes_max = 2'048;  // QRCodeDecryptKey
inline constexpr std::size_t package_bytes_min = 4096;  // MaxPackageSize, of querydata
inline constexpr std::size_t package_bytes_max = 2'048'000;
inline constexpr std::uint32_t page_rows_max = 1000;  // asked of the engine at once
inline constexpr std::uint32_t page_bytes_max = 256u << 10;
inline constexpr std::uint32_t events_per_post_max = 100;
inline constexpr std::uint64_t live_events_max = 10;         // more waiting ones are a backlog
inline constexpr std::size_t account_bytes_max = 32u << 20;  // the one file of ACCOUNT, compressed
inline constexpr std::uint64_t records_per_account_file = 50'000;
inline constexpr std::size_t url_bytes_max = 2'048;  // of photos and firmware
inline constexpr std::size_t firmware_piece_bytes = 1u << 20;
inline constexpr std::size_t session_id_looked_for_in = 4'096;  // bytes of a reply
inline constexpr std::size_t key_text_bytes_max = 4'096;        // of an exchanged key or factor
inline constexpr std::size_t command_digest_bytes_max = 64;
inline constexpr std::size_t command_words_bytes_max = 128;
// A command is the same when it comes again within so long, and always while its result waits.
inline constexpr std::chrono::seconds same_command_window{60};

// The engine's socket
inline constexpr std::size_t api_frame_bytes_max = 10u << 20;
inline constexpr std::size_t api_peers_max = 32;
// A peer further behind is hung up on.
inline constexpr std::size_t api_send_buffer_bytes_max = 16u << 20;

// Storage
inline constexpr std::size_t row_bytes_max = 4u << 20;
inline constexpr std::uint64_t events_max = 1'000'000;          // journal; the oldest go first
inline constexpr std::uint64_t events_dropped_at_once = 5'000;  // DelRecord's default
// An hour brings no more: so far above the last index that was noted does a journal begin that had
// to be begun anew.
inline constexpr std::uint64_t events_skipped = 100'000;
inline constexpr std::size_t event_queue_max = 20'000;  // waiting for a disk that does not answer
inline constexpr std::size_t job_queue_max = 256;       // commands waiting for the storage thread
inline constexpr std::size_t uploads_max = 10'000;      // waiting to go up unasked
inline constexpr std::size_t upload_bytes_max = 64u << 10;  // one of them
inline constexpr std::size_t uploads_per_reply_max = 1'000;
inline constexpr std::size_t uploads_reply_bytes = 1u << 20;  // beyond the first
inline constexpr std::uint32_t uploads_asked_at_once = 100;
inline constexpr std::size_t results_max = 10'000;   // of commands, waiting for the server
inline constexpr std::size_t error_log_max = 1'000;  // the newest stay
inline constexpr std::uint64_t firmware_bytes_max = 512u << 20;  // of UPGRADE
inline constexpr std::size_t photo_bytes_max = 1u << 20;         // fetched by URL, before base64

// The operating system (engine/daemon/system.h)
inline constexpr std::size_t system_file_bytes_max = 64u << 10;  // an answer of its helper
inline constexpr std::size_t access_points_max = 64;             // of one scan
inline constexpr std::size_t wifi_name_bytes_max = 32;
inline constexpr std::size_t scan_askers_max = 32;  // who wait for one scan
inline constexpr std::size_t time_servers_max = 10;

// What takes its time
inline constexpr unsigned enrolment_retries_max = 10;
inline constexpr std::chrono::seconds enrolment_try{30};  // for a card to be shown
inline constexpr std::chrono::minutes wiegand_test_lasts{10};
inline constexpr std::chrono::seconds network_handed_over_after{10};  // or with the result
inline constexpr std::chrono::seconds network_taken_back_after{120};  // without contact
inline constexpr std::chrono::seconds scan_answered_within{8};
inline constexpr std::chrono::minutes installer_answers_within{30};
inline constexpr std::chrono::seconds piece_waited_for{60};  // of a firmware that a person brings
inline constexpr unsigned test_frames_per_second_max = 10;   // of the Wiegand test

}  // namespace lintel::limits
